// The bar above GraphiQL: who is signed in, and a dialog to do so.
import { startAnew } from './typed.js';

const BAR = `
  <strong>PatientGraph</strong>
  <output id="who" aria-live="polite">Not signed in</output>
  <button type="button" id="sign-in">Sign in</button>
  <button type="button" id="sign-out" hidden>Sign out</button>
  <dialog id="sign-in-dialog" aria-labelledby="sign-in-title">
    <h1 id="sign-in-title">Sign in</h1>
    <p id="sign-in-problem" role="alert"></p>
    <form id="by-password">
      <label>
        User name
        <input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required>
      </label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
      <button>Sign in</button>
    </form>
    <details>
      <summary>I have an access token or API key</summary>
      <form id="by-token">
        <label>Token or key <input name="token" type="password" autocomplete="off" spellcheck="false" required></label>
        <button>Use it</button>
      </form>
    </details>
    <button type="button" id="sign-in-cancel">Cancel</button>
  </dialog>`;

/** Shows `session` in the element `bar`. */
export function showBar(bar, session) {
  bar.innerHTML = BAR;
  const part = (id) => bar.querySelector(`#${id}`);
  const dialog = part('sign-in-dialog');
  const problem = (text) => (part('sign-in-problem').textContent = text);

  const open = (text = '') => {
    problem(text);
    const name = sessionStorage.getItem('patientgraph.username');
    if (name) part('by-password').elements.username.value = name;
    if (!dialog.open) dialog.showModal();
    if (name) part('by-password').elements.password.focus();
  };
  const submit = (id, act) =>
    part(id).addEventListener('submit', async (event) => {
      event.preventDefault();
      const form = event.target;
      const fields = Object.fromEntries(new FormData(form));
      form.querySelector('button').disabled = true;
      problem('');
      try {
        await act(fields);
        form.reset();
        dialog.close();
      } catch (error) {
        problem(error.message);
      } finally {
        form.querySelector('button').disabled = false;
      }
    });

  part('sign-in').addEventListener('click', () => open());
  part('sign-in-cancel').addEventListener('click', () => dialog.close());
  part('sign-out').addEventListener('click', async () => {
    await session.signOut().catch((error) => alert(`Signed out here, but the server does not know: ${error.message}`));
    startAnew();
  });
  submit('by-password', ({ username, password }) => session.signIn(username, password));
  submit('by-token', ({ token }) => session.use(token.trim()));

  session.addEventListener('change', () => {
    const { viewer } = session;
    part('who').textContent = viewer ? `${viewer.name} · ${viewer.role.toLowerCase()}` : 'Not signed in';
    part('sign-in').hidden = Boolean(viewer);
    part('sign-out').hidden = !viewer;
  });
  session.addEventListener('ended', ({ detail }) => open(detail));
}
