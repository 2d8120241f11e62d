// Opens GraphiQL with the example queries that the server has.
import { showBar } from './bar.js';
import { Session } from './session.js';
import { typed } from './typed.js';

const root = document.getElementById('graphiql');
const session = new Session();

async function open() {
  const names = ['record', 'attention', 'dashboard', 'live'];
  const texts = names.map(async (name) => (await fetch(`/graphiql/assets/${name}.graphql`)).text());
  const defaultTabs = (await Promise.all(texts)).map((query) => ({ query }));
  // Without it everything works but live updates.
  const wsClient = globalThis.graphqlWs?.createClient(session.socket());
  const fetcher = GraphiQL.createFetcher({ url: '/graphql', fetch: session.fetch, wsClient });
  ReactDOM.createRoot(root).render(React.createElement(GraphiQL, { fetcher, defaultTabs, storage: typed }));
}

showBar(document.getElementById('session'), session);
session.resume();
if (globalThis.GraphiQL) {
  open();
} else {
  root.textContent = 'unpkg.com does not answer. Build the server where npm is installed to have GraphiQL in it.';
}
