// Writes docs/catalogue.md: `node providers/write-docs-page.ts`. A test says when that is due.
import { writeFileSync } from 'node:fs';
import { loadCatalogue } from './load.ts';
import { renderDocsPage } from './render-docs-page.ts';

writeFileSync(new URL('../docs/catalogue.md', import.meta.url), renderDocsPage(loadCatalogue().list()));
