import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import './page.css';

import { tabs } from './examples.js';

const WORKERS = { graphql: 'graphql.worker.js', json: 'json.worker.js' };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(`/graphiql/assets/${WORKERS[label] ?? 'editor.worker.js'}`, { name: label }),
};

const fetcher = createGraphiQLFetcher({ url: '/graphql' });

createRoot(document.getElementById('graphiql')).render(<GraphiQL fetcher={fetcher} defaultTabs={tabs} />);
