// Bundles GraphiQL into dist/: one script, one style sheet, three workers, fonts and pictures. build.rs runs it in a
// copy of this directory.
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const dist = 'dist';

await build({
  entryPoints: {
    graphiql: 'src/main.jsx',
    'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
    'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
    'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
  },
  outdir: dist,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  assetNames: '[name]',
  loader: { '.graphql': 'text', '.ttf': 'file' },
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none',
  logLevel: 'warning',
});

await moveDataOut(`${dist}/graphiql.css`);
for (const name of await readdir(dist)) {
  if (!/\.(js|css|svg|ttf)$/.test(name)) continue;
  // Compressed once here instead of at every request.
  await writeFile(`${dist}/${name}.gz`, gzipSync(await readFile(`${dist}/${name}`), { level: 9 }));
  await rm(`${dist}/${name}`);
}

/**
 * Moves fonts and pictures that the packages inline as `data:` URLs into files of their own: the page may load from its
 * own origin and from nowhere else, and `data:` is elsewhere.
 */
async function moveDataOut(path) {
  const endings = {
    'font/ttf': 'ttf',
    'font/woff': 'woff',
    'font/woff2': 'woff2',
    'image/png': 'png',
    'image/svg+xml': 'svg',
  };
  const files = new Map();
  const css = (await readFile(path, 'utf8')).replaceAll(/url\("?data:([^;,]+)(;base64)?,([^)"]*)"?\)/g, (...match) => {
    const [, type, base64, data] = match;
    if (!endings[type]) throw new Error(`no file name for ${type} in the style sheet`);
    const bytes = Buffer.from(base64 ? data : decodeURIComponent(data), base64 ? 'base64' : 'utf8');
    const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${endings[type]}`;
    files.set(name, bytes);
    return `url(${name})`;
  });
  if (css.includes('url(data:')) throw new Error('a data: URL is left in the style sheet');
  await writeFile(path, css);
  for (const [name, bytes] of files) await writeFile(`${dist}/${name}`, bytes);
}
