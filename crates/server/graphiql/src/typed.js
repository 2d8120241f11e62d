// What a person typed into GraphiQL. It lives in the tab, as their tokens do, and ends with signing out: whoever sits
// down at the machine next does not find it.

const PREFIX = 'graphiql:';

function keys() {
  return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
}

/** Where GraphiQL keeps tabs, queries and variables. */
export const typed = {
  getItem: (key) => sessionStorage.getItem(key),
  setItem: (key, value) => sessionStorage.setItem(key, value),
  removeItem: (key) => sessionStorage.removeItem(key),
  clear: () => keys().forEach((key) => sessionStorage.removeItem(key)),
  get length() {
    return keys().length;
  },
};

/** Forgets it, and what the server has answered: both are on the page too, so it is loaded anew. */
export function startAnew() {
  // Once the page goes: until then the editor may write.
  addEventListener('pagehide', () => typed.clear());
  location.reload();
}
