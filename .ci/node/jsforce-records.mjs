// The first steps of jsforce.mjs: login, describe, records, queries. Each gets what
// the steps before it left in org: the connection, and the ids of the records
// that they made.

import assert from 'node:assert/strict';
import { ids, key, names, refused, tag } from './jsforce-kit.mjs';

export const records = {
  async 'login with client credentials'(org) {
    const { Connection } = org.jsforce;
    const oauth2 = { clientId: org.clientId, clientSecret: org.clientSecret, loginUrl: org.url };
    org.conn = new Connection({ instanceUrl: org.url, oauth2, version: org.version });
    await org.conn.authorize({ grant_type: 'client_credentials' });
    assert.ok(org.conn.accessToken);
    assert.equal(org.conn.instanceUrl, org.url);

    const wrong = new Connection({ instanceUrl: org.url, oauth2: { ...oauth2, clientSecret: 'wrong' }, version: org.version });
    const err = await wrong.authorize({ grant_type: 'client_credentials' }).catch((e) => e);
    assert.ok(['invalid_client', 'invalid_client_id'].includes(err.name), err.name);

    const stale = new Connection({ instanceUrl: org.url, accessToken: 'stale', version: org.version });
    await refused(stale.query('SELECT Id FROM Lead'), 'INVALID_SESSION_ID');
  },

  async identity({ conn, url }) {
    const me = await conn.identity();
    assert.match(me.user_id, /^005\w{15}$/);
    assert.match(me.organization_id, /^00D\w{15}$/);
    assert.ok(me.username);
    const info = await conn.request(`${url}/services/oauth2/userinfo`);
    assert.equal(info.user_id, me.user_id);
    assert.ok(info.preferred_username);
    const user = await conn.sobject('User').retrieve(me.user_id);
    assert.equal(user.Id, me.user_id);
  },

  async versions(org) {
    const list = await org.conn.request('/services/data');
    assert.ok(list.some((v) => v.version === org.version));
    const { Connection } = org.jsforce;
    const old = new Connection({ instanceUrl: org.url, accessToken: org.conn.accessToken, version: '20.0' });
    await refused(old.query('SELECT Id FROM Lead'), 'NOT_FOUND');
  },

  async 'describe and describeGlobal'({ conn }) {
    const all = await conn.describeGlobal();
    const byName = Object.fromEntries(all.sobjects.map((o) => [o.name, o]));
    for (const name of ['Account', 'Contact', 'Lead', 'User', 'Job_Change__c']) assert.ok(byName[name], name);
    assert.equal(byName.Account.keyPrefix, '001');
    assert.equal(byName.Job_Change__c.custom, true);

    const lead = await conn.describe('Lead');
    const fields = Object.fromEntries(lead.fields.map((f) => [f.name, f]));
    assert.equal(fields.LastName.nillable, false);
    assert.equal(fields.LastName.length, 80);
    assert.equal(fields.Email.type, 'email');
    assert.deepEqual(
      [fields.Onward_Key__c.externalId, fields.Onward_Key__c.unique, fields.Onward_Key__c.caseSensitive],
      [true, true, true],
    );
    assert.equal(fields.OwnerId.relationshipName, 'Owner');
    assert.deepEqual([...fields.OwnerId.referenceTo].sort(), ['Group', 'User']);
    assert.ok(fields.Status.picklistValues.every((v) => v.active && v.value && v.label));

    const account = await conn.describe('Account');
    assert.ok(account.childRelationships.some((c) => c.relationshipName === 'Contacts' && c.field === 'AccountId'));
    await refused(conn.describe('Nothing__c'), 'NOT_FOUND');
  },

  async limits({ conn }) {
    const limits = await conn.limits();
    assert.ok(limits.DailyApiRequests.Max > limits.DailyApiRequests.Remaining);
    assert.equal(conn.limitInfo.apiUsage.limit, limits.DailyApiRequests.Max);
    assert.ok(conn.limitInfo.apiUsage.used > 0);
  },

  async 'create, retrieve, update and delete'({ conn }) {
    const leads = conn.sobject('Lead');
    const made = await leads.create({ LastName: "O'Neil \\ 100%_", Company: 'Ünïcode GmbH', NumberOfEmployees: 12, HasOptedOutOfEmail: true });
    assert.deepEqual([made.success, made.errors], [true, []]);
    assert.match(made.id, /^00Q\w{15}$/);

    const read = await leads.retrieve(made.id);
    assert.equal(read.attributes.type, 'Lead');
    assert.equal(read.LastName, "O'Neil \\ 100%_");
    assert.equal(read.Company, 'Ünïcode GmbH');
    assert.strictEqual(read.HasOptedOutOfEmail, true);
    assert.strictEqual(read.NumberOfEmployees, 12);
    assert.strictEqual(read.Email, null);
    assert.match(read.CreatedDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    assert.equal((await leads.retrieve(made.id.slice(0, 15))).Id, made.id);
    assert.deepEqual(Object.keys(await leads.retrieve(made.id, { fields: ['Company'] })).sort(), ['Company', 'Id', 'attributes']);

    assert.equal((await leads.update({ Id: made.id, Title: 'CTO', Email: 'ann@newco.example' })).success, true);
    assert.equal((await leads.update({ Id: made.id, Email: null })).success, true);
    const changed = await leads.retrieve(made.id);
    assert.deepEqual([changed.Title, changed.Email], ['CTO', null]);

    await refused(leads.create({ Company: 'No name' }), 'REQUIRED_FIELD_MISSING');
    await refused(leads.create({ LastName: 'x'.repeat(81), Company: 'Acme' }), 'STRING_TOO_LONG');
    await refused(leads.create({ LastName: 'Lee', Company: 'Acme', Email: 'nothing' }), 'INVALID_EMAIL_ADDRESS');
    await refused(leads.create({ LastName: 'Lee', Company: 'Acme', Nothing__c: 1 }), 'INVALID_FIELD');
    await refused(conn.sobject('Nothing__c').create({ Name: 'x' }), 'NOT_FOUND');
    await refused(leads.update({ Id: made.id, LastName: '' }), 'REQUIRED_FIELD_MISSING');

    assert.equal((await leads.destroy(made.id)).success, true);
    await refused(leads.retrieve(made.id), 'ENTITY_IS_DELETED');
    await refused(leads.destroy(made.id), 'ENTITY_IS_DELETED');
    await refused(leads.update({ Id: made.id, Title: 'x' }), 'ENTITY_IS_DELETED');
  },

  async createMany(org) {
    const accounts = [0, 1, 2, 3].map((n) => ({
      Name: `${tag} account ${n}`,
      Onward_Key__c: key(n),
      Website: n < 2 ? `https://${n}.example` : null,
      NumberOfEmployees: n * 10,
      BillingCountry: n % 2 ? 'Germany' : 'France',
    }));
    const made = await org.conn.sobject('Account').create(accounts, { allowRecursive: true });
    assert.ok(made.every((r) => r.success));
    org.accounts = ids(made);

    const contacts = await org.conn.sobject('Contact').create([
      { LastName: 'Lee', FirstName: 'Ann', Email: 'ann@0.example', AccountId: org.accounts[0] },
      { LastName: "O'Neil", Email: 'bob@0.example', AccountId: org.accounts[0] },
      { FirstName: 'Nameless' },
      { LastName: 'Mo', Email: 'mo@1.example', AccountId: org.accounts[1] },
    ]);
    assert.deepEqual(contacts.map((r) => r.success), [true, true, false, true]);
    assert.equal(contacts[2].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
    assert.deepEqual(contacts[2].errors[0].fields, ['LastName']);
    org.contacts = ids(contacts);

    const whole = await org.conn.sobject('Lead').create([{ LastName: 'Good', Company: 'Acme' }, { Company: 'Bad' }], { allOrNone: true });
    assert.deepEqual(whole.map((r) => r.success), [false, false]);
    assert.deepEqual(whole.map((r) => r.errors[0].statusCode), ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'REQUIRED_FIELD_MISSING']);
    assert.equal((await org.conn.query("SELECT Id FROM Lead WHERE LastName = 'Good'")).totalSize, 0);

    const twice = await org.conn.sobject('Account').create({ Name: 'Again', Onward_Key__c: key(0) }).catch((e) => e);
    assert.equal(twice.errorCode, 'DUPLICATE_VALUE');
    assert.ok(twice.message.includes(org.accounts[0].slice(0, 15)), twice.message);
  },

  async 'query with every operator'({ conn, accounts, contacts }) {
    const found = async (where) => names(await conn.query(`SELECT Name FROM Account WHERE Name LIKE '${tag} account%' AND (${where}) ORDER BY Name`)).map((n) => +n.at(-1));
    const cases = {
      [`Name = '${tag.toUpperCase()} ACCOUNT 1'`]: [1],
      [`Name != '${tag} account 1'`]: [0, 2, 3],
      [`Name <> '${tag} account 1'`]: [0, 2, 3],
      'NumberOfEmployees < 10': [0],
      'NumberOfEmployees <= 10': [0, 1],
      'NumberOfEmployees > 10': [2, 3],
      'NumberOfEmployees >= 10': [1, 2, 3],
      "Name LIKE '%count _'": [0, 1, 2, 3],
      "Name LIKE '%\\_%'": [],
      "BillingCountry IN ('Germany','Spain')": [1, 3],
      "BillingCountry NOT IN ('Germany')": [0, 2],
      'Website = null': [2, 3],
      'Website != null': [0, 1],
      "NOT BillingCountry = 'Germany'": [0, 2],
      "BillingCountry = 'Germany' AND NumberOfEmployees > 10": [3],
      "Name LIKE '%0' OR Name LIKE '%3'": [0, 3],
      "(Name LIKE '%0' OR Name LIKE '%1') AND BillingCountry = 'France'": [0],
      'Target_Account__c = false': [0, 1, 2, 3],
      'Target_Account__c = true': [],
      'CreatedDate = TODAY': [0, 1, 2, 3],
      'CreatedDate >= LAST_N_DAYS:2': [0, 1, 2, 3],
      'CreatedDate < 2001-02-03T04:05:06Z': [],
      'CreatedDate > 2001-02-03T04:05:06.789+01:00': [0, 1, 2, 3],
      [`Id = '${accounts[2].slice(0, 15)}'`]: [2],
      [`Id IN ('${accounts[2]}', '${accounts[3]}')`]: [2, 3],
      'Id IN (SELECT AccountId FROM Contact)': [0, 1],
      "Id NOT IN (SELECT AccountId FROM Contact WHERE LastName = 'Mo')": [0, 2, 3],
      "Owner.Name != ''": [0, 1, 2, 3],
    };
    for (const [where, want] of Object.entries(cases)) assert.deepEqual(await found(where), want, where);

    const bob = await conn.query("SELECT Id, Account.Name, Account.Owner.Id FROM Contact WHERE LastName = 'O\\'Neil'");
    assert.equal(bob.records[0].Id, contacts[1]);
    assert.equal(bob.records[0].Account.Name, `${tag} account 0`);
    assert.match(bob.records[0].Account.Owner.Id, /^005/);

    const parent = await conn.query(`SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName DESC LIMIT 1) FROM Account WHERE Id IN ('${accounts[0]}', '${accounts[2]}') ORDER BY Name`);
    assert.equal(parent.records[0].Contacts.records[0].LastName, "O'Neil");
    assert.strictEqual(parent.records[1].Contacts, null);

    const count = await conn.query(`SELECT COUNT() FROM Account WHERE Name LIKE '${tag} account%'`);
    assert.deepEqual([count.totalSize, count.records], [4, []]);
    const groups = await conn.query(`SELECT BillingCountry c, COUNT(Id) n FROM Account WHERE Name LIKE '${tag} account%' GROUP BY BillingCountry ORDER BY BillingCountry`);
    assert.deepEqual(groups.records.map(({ c, n }) => [c, n]), [['France', 2], ['Germany', 2]]);
    const slice = await conn.query(`SELECT Name FROM Account WHERE Name LIKE '${tag} account%' ORDER BY NumberOfEmployees DESC NULLS LAST LIMIT 2 OFFSET 1`);
    assert.deepEqual(names(slice), [`${tag} account 2`, `${tag} account 1`]);
  },

  async 'query by jsforce’s own builder'({ conn, accounts }) {
    const rows = await conn
      .sobject('Account')
      .find({ Name: { $like: `${tag} account%` }, NumberOfEmployees: { $gte: 20 }, Website: null }, ['Id', 'Name', 'NumberOfEmployees'])
      .sort({ NumberOfEmployees: -1 })
      .limit(5);
    assert.deepEqual(rows.map((r) => r.Id), [accounts[3], accounts[2]]);
    assert.equal(await conn.sobject('Account').count({ Name: { $like: `${tag} account%` } }), 4);
    const one = await conn.sobject('Contact').findOne({ LastName: "O'Neil" });
    assert.equal(one.LastName, "O'Neil");
    const deep = await conn
      .sobject('Account')
      .find({ Name: `${tag} account 0` }, 'Id, Name')
      .include('Contacts')
      .select('Id, LastName')
      .orderby('LastName')
      .end();
    assert.deepEqual(deep[0].Contacts.records.map((r) => r.LastName), ['Lee', "O'Neil"]);
  },

  async 'statements that are refused'({ conn }) {
    const cases = {
      'SELECT Nothing FROM Lead': 'INVALID_FIELD',
      "SELECT Id FROM Lead WHERE Nothing = 'x'": 'INVALID_FIELD',
      'SELECT Id FROM Nothing': 'INVALID_TYPE',
      "SELECT Id FROM Lead WHERE LastName = 'O'Neil'": 'MALFORMED_QUERY',
      "SELECT Id FROM Lead WHERE LastName = '\\q'": 'MALFORMED_QUERY',
      'SELECT Id FROM Lead WHERE': 'MALFORMED_QUERY',
      "SELECT Id FROM Lead WHERE LastName = 'a' AND Company = 'b' OR Title = 'c'": 'MALFORMED_QUERY',
      'SELECT Id FROM Lead WHERE Id IN ()': 'MALFORMED_QUERY',
      "SELECT Id FROM Lead WHERE IsConverted = 'false'": 'INVALID_FIELD',
      "SELECT Id FROM Account WHERE Description = 'x'": 'INVALID_FIELD',
      'SELECT * FROM Lead': 'MALFORMED_QUERY',
    };
    for (const [statement, code] of Object.entries(cases)) await refused(conn.query(statement), code);
  },

  async 'queryMore and queryAll'(org) {
    const { conn } = org;
    const many = Array.from({ length: 450 }, (_, n) => ({ LastName: `Many ${n}`, Company: `${tag} many` }));
    const made = await conn.sobject('Lead').create(many, { allowRecursive: true });
    assert.ok(made.every((r) => r.success));
    const statement = `SELECT Id FROM Lead WHERE Company = '${tag} many' ORDER BY Id`;
    const page = await conn.query(statement, { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    assert.deepEqual([page.totalSize, page.done, page.records.length], [450, false, 200]);
    const second = await conn.queryMore(page.nextRecordsUrl);
    const third = await conn.queryMore(second.nextRecordsUrl);
    assert.deepEqual([third.done, third.records.length, third.nextRecordsUrl], [true, 50, undefined]);
    assert.equal(new Set([page, second, third].flatMap((p) => p.records.map((r) => r.Id))).size, 450);
    const fetched = await conn.query(statement, { autoFetch: true, maxFetch: 1000, headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    assert.deepEqual([fetched.done, fetched.records.length], [true, 450]);
    await refused(conn.queryMore(page.nextRecordsUrl.replace(/01g\w+/, '01g000000000000AAA')), 'INVALID_QUERY_LOCATOR');

    const gone = await conn.sobject('Lead').destroy(ids(made), { allowRecursive: true });
    assert.ok(gone.every((r) => r.success));
    assert.equal((await conn.query(statement)).totalSize, 0);
    const all = await conn.query(statement.replace('SELECT Id', 'SELECT Id, IsDeleted'), { scanAll: true });
    assert.equal(all.totalSize, 450);
    assert.ok(all.records.every((r) => r.IsDeleted === true));
  },

  async 'update many'({ conn, accounts }) {
    const results = await conn.sobject('Account').update([
      { Id: accounts[0], Site: 'HQ' },
      { Id: accounts[1], Name: '' },
      { Id: '001000000000000AAA', Site: 'x' },
    ]);
    assert.deepEqual(results.map((r) => r.success), [true, false, false]);
    assert.equal(results[1].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
    assert.equal((await conn.sobject('Account').retrieve(accounts[0])).Site, 'HQ');
    const both = await conn.sobject('Account').retrieve(accounts.slice(0, 2));
    assert.deepEqual(both.map((r) => r.Id), accounts.slice(0, 2));
  },

  async 'upsert, single and collection'({ conn }) {
    const accounts = conn.sobject('Account');
    const first = await accounts.upsert({ Onward_Key__c: key('u1'), Name: 'Upserted' }, 'Onward_Key__c');
    assert.deepEqual([first.success, first.created], [true, true]);
    const again = await accounts.upsert({ Onward_Key__c: key('u1'), Name: 'Upserted twice' }, 'Onward_Key__c');
    assert.deepEqual([again.success, again.created, again.id], [true, false, first.id]);
    assert.equal((await accounts.retrieve(first.id)).Name, 'Upserted twice');

    const many = await accounts.upsert(
      [{ Onward_Key__c: key('u1'), Site: 'a' }, { Onward_Key__c: key('u2'), Name: 'New' }, { Onward_Key__c: key('u3') }],
      'Onward_Key__c',
    );
    assert.deepEqual(many.map((r) => [r.success, r.created]), [[true, false], [true, true], [false, false]], JSON.stringify(many));
    assert.equal(many[0].id, first.id);

    // jsforce leaves keys in the path as they are, so this one is escaped here.
    const url = `/sobjects/Account/Onward_Key__c/${encodeURIComponent('a/b?x=1#y %')}`;
    const put = (body) => conn.request({ method: 'PATCH', url, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    const strange = await put({ Name: 'Strange key' });
    assert.equal(strange.created, true);
    assert.equal((await put({ Site: 'x' })).id, strange.id);
    assert.equal((await accounts.retrieve(strange.id)).Onward_Key__c, 'a/b?x=1#y %');

    await refused(accounts.upsert({ Site: 'x', Name: 'y' }, 'Site'), 'NOT_FOUND');
    assert.ok((await accounts.destroy([first.id, many[1].id, strange.id])).every((r) => r.success));
  },
};
