// Lets whoever has a one-time link choose a password. The link's secret stands in the address after `#`, which browsers
// send to no server; here it goes out once, with the password.

const CHOOSE = `mutation ChoosePassword($input: ChoosePasswordInput!) {
  done: choosePassword(input: $input) { username userErrors { message } }
}`;

const part = (id) => document.getElementById(id);
const link = location.hash.slice(1);

function problem(text) {
  part('problem').textContent = text;
}

async function choose(newPassword) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: CHOOSE, variables: { input: { link, newPassword } } }),
  }).catch(() => {
    throw new Error('The server does not answer. Try again.');
  });
  const { data, errors } = await response.json();
  const refused = errors?.[0] ?? data.done.userErrors[0];
  if (refused) throw new Error(refused.message);
  return data.done.username;
}

async function finish(username) {
  // The link is used up: nobody needs it in the history.
  history.replaceState(null, '', location.pathname);
  sessionStorage.setItem('patientgraph.username', username);
  part('username').textContent = username;
  part('choose').hidden = true;
  part('done').hidden = false;
  part('title').textContent = 'Your password is set';
  part('title').focus();
  const page = await fetch('/graphiql', { method: 'HEAD' }).catch(() => null);
  part('on').hidden = !page?.ok;
}

part('show').addEventListener('change', ({ target }) => {
  for (const id of ['password', 'again']) part(id).type = target.checked ? 'text' : 'password';
});

part('choose').addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = event.target.querySelector('button');
  problem('');
  if (part('password').value !== part('again').value) {
    problem('The two are not the same. Type them again.');
    part('again').focus();
    return;
  }
  button.disabled = true;
  try {
    await finish(await choose(part('password').value));
  } catch (error) {
    problem(error.message);
    part('password').focus();
  } finally {
    button.disabled = false;
  }
});

if (link.startsWith('pgl_')) {
  part('choose').hidden = false;
  part('password').focus();
} else {
  problem('This page is opened by a one-time link. Open the one you were given, whole, to its last character.');
}
