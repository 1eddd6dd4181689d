// Finds npm packages where they are installed: in the folder that
// ONWARD_NODE_MODULES names, or in node_modules beside this file.

import path from 'node:path';
import { createRequire } from 'node:module';

const folder = process.env.ONWARD_NODE_MODULES;

export const load = createRequire(folder ? path.join(path.resolve(folder), '..', 'any.js') : import.meta.url);
