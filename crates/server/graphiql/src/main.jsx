import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import './page.css';
import './bar.css';

import { showBar } from './bar.js';
import { tabs } from './examples.js';
import { Session } from './session.js';
import { typed } from './typed.js';

const WORKERS = { graphql: 'graphql.worker.js', json: 'json.worker.js' };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(`/graphiql/assets/${WORKERS[label] ?? 'editor.worker.js'}`, { name: label }),
};

const session = new Session();
showBar(document.getElementById('session'), session);
const wsClient = createClient(session.socket());
const fetcher = createGraphiQLFetcher({ url: '/graphql', fetch: session.fetch, wsClient });

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL fetcher={fetcher} defaultTabs={tabs} storage={typed} />,
);
session.resume();
