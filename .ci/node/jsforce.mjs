// Drives a Salesforce server with jsforce, a client that others wrote, and
// asserts every answer.
//
//   ORG_URL=http://127.0.0.1:8090 ORG_CLIENT_ID=… ORG_CLIENT_SECRET=… \
//   ORG_REPORT_ID=00O… node jsforce.mjs
//
// The server holds the standard objects, the unique Onward_Key__c on Account,
// Contact and Lead, and a tabular report of all accounts whose first column is
// the linked name. Records are made and deleted. One line per step on stdout;
// the first failure ends the run with status 1.

import { records } from './jsforce-records.mjs';
import { resources } from './jsforce-resources.mjs';
import { load } from './modules.mjs';

const jsforce = load('jsforce');

for (const name of ['ORG_URL', 'ORG_CLIENT_ID', 'ORG_CLIENT_SECRET', 'ORG_REPORT_ID']) {
  if (!process.env[name]) {
    console.error(`${name} is not set`);
    process.exit(2);
  }
}

const org = {
  jsforce,
  url: process.env.ORG_URL,
  clientId: process.env.ORG_CLIENT_ID,
  clientSecret: process.env.ORG_CLIENT_SECRET,
  reportId: process.env.ORG_REPORT_ID,
  version: process.env.ORG_VERSION ?? '66.0',
};

for (const [name, step] of Object.entries({ ...records, ...resources })) {
  try {
    await step(org);
  } catch (err) {
    console.log(`FAILED ${name}: ${err.stack}`);
    process.exit(1);
  }
  console.log(`ok ${name}`);
}
