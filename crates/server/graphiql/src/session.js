// Who this tab acts for. Tokens live in memory and in the tab's own storage: another tab signs in by itself, and
// closing the tab forgets them.

const ENDPOINT = '/graphql';
const STORED = 'patientgraph.session';
/** A token that is good for no longer than this is renewed first; milliseconds. */
const MARGIN = 30_000;
/** When to ask again a server that did not answer; milliseconds. */
const LATER = 5_000;

const UNAUTHENTICATED = 'UNAUTHENTICATED';
const NOT_VALID = 'This token is not valid, or no longer.';
const NO_ANSWER = 'The server does not answer. Try again.';

const TOKENS = 'accessToken accessTokenExpiresAt refreshToken userErrors { message }';
const SIGN_IN = `mutation SignIn($input: SignInInput!) { done: signIn(input: $input) { ${TOKENS} } }`;
const REFRESH = `mutation Refresh($input: RefreshTokenInput!) { done: refreshToken(input: $input) { ${TOKENS} } }`;
const SIGN_OUT = 'mutation SignOut { done: signOut(input: {}) { userErrors { message } } }';
const WHO_AM_I = 'query WhoAmI { viewer { name role } }';

export class Session extends EventTarget {
  /** Tokens, or the one token that was pasted; null where nobody is signed in. */
  #held = null;
  /** Who that is, as the server says: `{ name, role }`. */
  viewer = null;
  #refreshing = null;

  /** Takes up what this tab had before it was loaded anew. */
  async resume() {
    const stored = JSON.parse(sessionStorage.getItem(STORED) ?? 'null');
    // A duplicated tab has a copy. Two that use the same refresh token would look like a theft and be signed out.
    if (stored && (await isHeldElsewhere(stored.id))) {
      sessionStorage.removeItem(STORED);
    } else if (stored) {
      this.#hold(stored);
      this.#keepAsking();
    }
    answerOthers(() => this.#held?.id);
  }

  async signIn(username, password) {
    const answer = await post(SIGN_IN, { input: { username, password } });
    this.#hold(tokens(answer));
    await this.#keepAsking();
  }

  /** Acts by an access token or API key that somebody has from elsewhere. */
  async use(accessToken) {
    this.#hold({ id: newId(), accessToken });
    try {
      await this.#askWhoItIs();
      if (!this.viewer) throw new Error(NOT_VALID);
    } catch (error) {
      this.#hold(null);
      throw error;
    }
  }

  async signOut() {
    const { refreshToken } = this.#held ?? {};
    try {
      // A token that was pasted is not this page's to end.
      if (refreshToken) await post(SIGN_OUT, {}, await this.#token());
    } catch (error) {
      // Else it has ended already.
      if (!isEnd(error)) throw error;
    } finally {
      this.#hold(null);
    }
  }

  /** `fetch` as whoever is signed in. What the caller says about `Authorization` goes first. */
  fetch = async (url, options = {}) => {
    const send = async () => {
      const headers = new Headers(options.headers);
      const token = headers.has('authorization') ? null : await this.#token();
      if (token) headers.set('authorization', `Bearer ${token}`);
      return fetch(url, { ...options, headers });
    };
    const sentBy = this.#held?.accessToken;
    const response = await send();
    // Refused before anything was done: it can be sent once more.
    if (response.status !== 401 || !this.#held || new Headers(options.headers).has('authorization')) return response;
    if (sentBy === this.#held.accessToken) await this.#refresh();
    return this.#held ? send() : response;
  };

  /** What graphql-ws opens sockets with, as whoever is signed in then. Each live update has one of its own. */
  socket() {
    const url = new URL(ENDPOINT, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    return {
      url: url.href,
      connectionParams: async () => {
        const token = await this.#token();
        if (!token) throw new Error('Sign in first: live updates are for whoever is signed in.');
        return { Authorization: `Bearer ${token}` };
      },
    };
  }

  /** The token to send, renewed when it is about to end. */
  async #token() {
    if (this.#held?.refreshToken && Date.now() > this.#held.renewAt) await this.#refresh();
    return this.#held?.accessToken;
  }

  /** Renews the tokens, once for all who ask at the same time. */
  async #refresh() {
    this.#refreshing ??= this.#renew().finally(() => (this.#refreshing = null));
    await this.#refreshing;
  }

  async #renew() {
    const { id, refreshToken } = this.#held;
    try {
      if (!refreshToken) throw new Refused(NOT_VALID, UNAUTHENTICATED);
      this.#hold({ ...tokens(await post(REFRESH, { input: { refreshToken } })), id });
    } catch (error) {
      // Where the server is away or busy nothing is known: the next request tries again.
      if (!isEnd(error)) throw error;
      this.#hold(null);
      this.dispatchEvent(new CustomEvent('ended', { detail: 'Your sign-in has ended. Sign in again.' }));
    }
  }

  async #askWhoItIs() {
    const { data, errors } = await json(await this.fetch(ENDPOINT, request(WHO_AM_I)));
    if (errors && errors[0].extensions?.code !== UNAUTHENTICATED) throw new Error(errors[0].message);
    this.viewer = data?.viewer ?? null;
    this.dispatchEvent(new Event('change'));
  }

  /** Asks until the server answers, or nobody waits for it any more. */
  async #keepAsking() {
    try {
      await this.#askWhoItIs();
    } catch {
      setTimeout(() => this.#held && !this.viewer && this.#keepAsking(), LATER);
    }
  }

  #hold(held) {
    this.#held = held;
    if (held) {
      sessionStorage.setItem(STORED, JSON.stringify(held));
    } else {
      sessionStorage.removeItem(STORED);
      this.viewer = null;
      this.dispatchEvent(new Event('change'));
    }
  }
}

/** What the server said no to. */
class Refused extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** Whether the server has said that the sign-in is over. */
function isEnd(error) {
  return error.code === UNAUTHENTICATED;
}

function request(query, variables, token) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  return { method: 'POST', headers, body: JSON.stringify({ query, variables }) };
}

async function post(query, variables, token) {
  const response = await fetch(ENDPOINT, request(query, variables, token)).catch(() => {
    throw new Error(NO_ANSWER);
  });
  const answer = await json(response);
  const done = answer.data?.done;
  const problem = answer.errors?.[0] ?? done?.userErrors[0];
  if (problem) throw new Refused(problem.message, problem.extensions?.code);
  return { done, at: Date.parse(response.headers.get('date')) };
}

/** A proxy whose server is away answers by a page. */
function json(response) {
  return response.json().catch(() => {
    throw new Error(NO_ANSWER);
  });
}

function tokens({ done: { accessToken, accessTokenExpiresAt, refreshToken }, at }) {
  // By the server's clock, since this machine's may be wrong.
  const life = Date.parse(accessTokenExpiresAt) - at;
  return { id: newId(), accessToken, refreshToken, renewAt: Date.now() + life - MARGIN };
}

/** Tells copies of tabs apart; no secret. */
function newId() {
  return `${Date.now()}-${Math.random()}`;
}

const channel = new BroadcastChannel(STORED);

function isHeldElsewhere(id) {
  return new Promise((resolve) => {
    const heard = ({ data }) => data.held === id && resolve(true);
    channel.addEventListener('message', heard);
    channel.postMessage({ asked: id });
    setTimeout(() => {
      channel.removeEventListener('message', heard);
      resolve(false);
    }, 150);
  });
}

function answerOthers(held) {
  channel.addEventListener('message', ({ data }) => {
    if (data.asked && data.asked === held()) channel.postMessage({ held: data.asked });
  });
}
