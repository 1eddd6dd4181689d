// The further steps of jsforce.mjs: composite calls, search, bulk jobs, reports.
// They work on what the steps of jsforce-records.mjs left in org, and clean up.

import assert from 'node:assert/strict';
import { ids, key, refused, tag } from './jsforce-kit.mjs';

export const resources = {
  async 'composite with references'({ conn, version }) {
    const base = `/services/data/v${version}`;
    const call = (compositeRequest, allOrNone) => conn.requestPost('/composite', { allOrNone, compositeRequest });
    const requests = (last) => [
      { method: 'POST', url: `${base}/sobjects/Account`, referenceId: 'acc', body: { Name: `${tag} composite` } },
      { method: 'POST', url: `${base}/sobjects/Contact`, referenceId: 'con', body: { LastName: 'Ref', AccountId: '@{acc.id}' } },
      { method: 'GET', url: `${base}/sobjects/Contact/@{con.id}`, referenceId: 'read' },
      { method: 'PATCH', url: `${base}/sobjects/Account/@{read.AccountId}`, referenceId: 'patch', body: { Site: '@{read.Name}' } },
      { method: 'GET', url: `${base}/query?q=SELECT+Site+FROM+Account+WHERE+Id='@{acc.id}'`, referenceId: 'query' },
      last,
    ];
    const good = await call(requests({ method: 'GET', url: `${base}/sobjects/Account/@{acc.id}`, referenceId: 'end' }), true);
    assert.deepEqual(good.compositeResponse.map((r) => r.httpStatusCode), [201, 201, 200, 204, 200, 200], JSON.stringify(good));
    assert.equal(good.compositeResponse[4].body.records[0].Site, 'Ref');
    await conn.sobject('Account').destroy(good.compositeResponse[0].body.id);

    const bad = await call(requests({ method: 'POST', url: `${base}/sobjects/Lead`, referenceId: 'end', body: {} }), true);
    // What a query answered before the call was rolled back may still be told.
    assert.ok(bad.compositeResponse.every((r, i) => r.httpStatusCode === 400 || i === 4));
    assert.equal(bad.compositeResponse[0].body[0].errorCode, 'PROCESSING_HALTED');
    assert.equal(bad.compositeResponse[5].body[0].errorCode, 'REQUIRED_FIELD_MISSING');
    assert.equal((await conn.query(`SELECT Id FROM Account WHERE Name = '${tag} composite'`)).totalSize, 0);

    const halted = await call([
      { method: 'POST', url: `${base}/sobjects/Account`, referenceId: 'a', body: {} },
      { method: 'GET', url: `${base}/sobjects/Account/@{a.id}`, referenceId: 'b' },
      { method: 'GET', url: `${base}/sobjects/Lead`, referenceId: 'c' },
    ], false);
    assert.deepEqual(halted.compositeResponse.map((r) => r.httpStatusCode), [400, 400, 200]);
    assert.equal(halted.compositeResponse[1].body[0].errorCode, 'PROCESSING_HALTED');
  },

  async 'composite graph and tree'({ conn, version }) {
    const base = `/services/data/v${version}`;
    const graph = (graphId, lastName) => ({
      graphId,
      compositeRequest: [
        { method: 'POST', url: `${base}/sobjects/Account`, referenceId: 'acc', body: { Name: `${tag} graph` } },
        { method: 'POST', url: `${base}/sobjects/Contact`, referenceId: 'con', body: { LastName: lastName, AccountId: '@{acc.id}' } },
      ],
    });
    const { graphs } = await conn.requestPost('/composite/graph', { graphs: [graph('good', 'Graph'), graph('bad', '')] });
    assert.deepEqual(graphs.map((g) => [g.graphId, g.isSuccessful]), [['good', true], ['bad', false]]);
    assert.equal((await conn.query(`SELECT Id FROM Account WHERE Name = '${tag} graph'`)).totalSize, 1);

    const tree = await conn.requestPost('/composite/tree/Account', {
      records: [{
        attributes: { type: 'Account', referenceId: 'a1' },
        Name: `${tag} graph`,
        Contacts: { records: [{ attributes: { type: 'Contact', referenceId: 'c1' }, LastName: 'Tree' }] },
      }],
    });
    assert.equal(tree.hasErrors, false);
    assert.deepEqual(tree.results.map((r) => r.referenceId), ['a1', 'c1']);
    const made = await conn.query(`SELECT Id, (SELECT Id FROM Contacts) FROM Account WHERE Name = '${tag} graph'`);
    assert.deepEqual(made.records.map((r) => r.Contacts.totalSize), [1, 1]);
    await conn.sobject('Account').destroy(ids(made.records.map((r) => ({ id: r.Id }))));
  },

  async search({ conn, contacts, accounts }) {
    const found = await conn.search(`FIND {O'Neil OR Ann} IN NAME FIELDS RETURNING Contact(Id, LastName ORDER BY LastName), Lead(Id)`.replace("O'Neil", "O\\'Neil"));
    assert.deepEqual(found.searchRecords.map((r) => r.Id), [contacts[0], contacts[1]]);
    assert.equal(found.searchRecords[0].attributes.type, 'Contact');
    const some = await conn.requestPost('/parameterizedSearch', {
      q: 'account', in: 'NAME', fields: ['Id', 'Name'], overallLimit: 100,
      sobjects: [{ name: 'Account', where: "BillingCountry = 'France'", limit: 20 }],
    });
    assert.deepEqual(some.searchRecords.map((r) => r.Id).sort(), [accounts[0], accounts[2]].sort());
    await refused(conn.search('FIND {a} RETURNING Lead'), 'MALFORMED_SEARCH');
  },

  async 'bulk ingest'(org) {
    const { bulk2 } = org.conn;
    Object.assign(bulk2, { pollInterval: 5, pollTimeout: 20000 });
    const input = [
      { Name: `${tag} bulk "0"`, Onward_Key__c: key('b0'), Website: 'https://b0.example', Target_Account__c: true },
      { Name: `${tag} bulk, 1\nsecond line`, Onward_Key__c: key('b1'), Website: null, Target_Account__c: false },
      { Name: '', Onward_Key__c: key('b2'), Website: null, Target_Account__c: false },
    ];
    const made = await bulk2.loadAndWaitForResults({ object: 'Account', operation: 'insert', input });
    assert.deepEqual([made.successfulResults.length, made.failedResults.length, made.unprocessedRecords.length], [2, 1, 0]);
    assert.deepEqual(made.successfulResults.map((r) => r.sf__Created), ['true', 'true']);
    assert.match(made.failedResults[0].sf__Error, /^REQUIRED_FIELD_MISSING:.*:Name --$/);
    org.bulk = made.successfulResults.map((r) => r.sf__Id);
    assert.equal((await org.conn.sobject('Account').retrieve(org.bulk[1])).Name, `${tag} bulk, 1\nsecond line`);

    const upserted = await bulk2.loadAndWaitForResults({
      object: 'Account', operation: 'upsert', externalIdFieldName: 'Onward_Key__c',
      input: [{ Onward_Key__c: key('b0'), Website: null, Name: 'kept' }, { Onward_Key__c: key('b3'), Website: 'https://b3.example', Name: `${tag} bulk 3` }],
    });
    assert.deepEqual(upserted.successfulResults.map((r) => r.sf__Created), ['false', 'true']);
    assert.strictEqual((await org.conn.sobject('Account').retrieve(org.bulk[0])).Website, null);
    org.bulk.push(upserted.successfulResults[1].sf__Id);

    const job = bulk2.createJob({ object: 'Account', operation: 'update' });
    await job.open();
    assert.equal(job.getInfo().state, 'Open');
    await job.abort();
    assert.equal((await job.check()).state, 'Aborted');
    await job.delete();

    const bad = bulk2.loadAndWaitForResults({ object: 'Account', operation: 'insert', input: [{ Nothing__c: 'x' }] });
    assert.match((await bad.catch((e) => e)).message, /Field name not found : Nothing__c/);
  },

  async 'bulk query'({ conn, bulk }) {
    const rows = await (await conn.bulk2.query(`SELECT Id, Name, Website, Owner.Name, Target_Account__c FROM Account WHERE Onward_Key__c LIKE '${tag}-b%' ORDER BY Id`)).toArray();
    assert.deepEqual(rows.map((r) => r.Id), [...bulk].sort());
    assert.deepEqual(rows.map((r) => r.Website), ['', '', 'https://b3.example']);
    assert.ok(rows.every((r) => r['Owner.Name'] !== '' && ['true', 'false'].includes(r.Target_Account__c)));

    const refusedBy = async (statement) => (await conn.bulk2.query(statement).catch((e) => e)).name;
    assert.equal(await refusedBy('SELECT COUNT() FROM Account'), 'API_ERROR');
    assert.equal(await refusedBy('SELECT Id, (SELECT Id FROM Contacts) FROM Account'), 'API_ERROR');
    assert.equal(await refusedBy('SELECT Nothing FROM Account'), 'INVALID_FIELD');

    const gone = await conn.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'delete', input: bulk.map((Id) => ({ Id })) });
    assert.equal(gone.successfulResults.length, bulk.length);
    const all = await (await conn.bulk2.query(`SELECT Id, IsDeleted FROM Account WHERE Onward_Key__c LIKE '${tag}-b%'`, { scanAll: true })).toArray();
    assert.ok(all.length === bulk.length && all.every((r) => r.IsDeleted === 'true'));
  },

  async report({ conn, reportId, accounts }) {
    const list = await conn.analytics.reports();
    assert.ok(list.some((r) => r.id === reportId));
    const report = conn.analytics.report(reportId);
    const meta = await report.describe();
    const columns = meta.reportMetadata.detailColumns;
    assert.ok(columns.every((c) => meta.reportExtendedMetadata.detailColumnInfo[c].dataType));

    const all = await report.execute({ details: true });
    const cells = all.factMap['T!T'].rows.map((r) => r.dataCells);
    assert.deepEqual([all.allData, all.hasDetailRows], [true, true]);
    assert.deepEqual(cells.find((c) => c[0].value === accounts[0])[0].label, `${tag} account 0`);
    assert.equal(all.factMap['T!T'].aggregates[0].value, cells.length);

    const filter = { column: columns[0], operator: 'equals', value: `${tag} account 1` };
    const one = await report.execute({ details: true, metadata: { reportMetadata: { reportFilters: [filter] } } });
    assert.deepEqual(one.factMap['T!T'].rows.map((r) => r.dataCells[0].value), [accounts[1]]);
    assert.equal((await report.execute()).factMap['T!T'].rows, undefined);

    const started = await report.executeAsync({ details: true });
    assert.equal(started.status, 'New');
    const finished = await report.instance(started.id).retrieve();
    assert.equal(finished.attributes.status, 'Success');
    assert.equal(finished.factMap['T!T'].rows.length, cells.length);
    await refused(conn.analytics.report('00O000000000000AAA').describe(), 'NOT_FOUND');
  },

  async 'clean up'({ conn, accounts, contacts }) {
    const gone = await conn.sobject('Contact').destroy(contacts.filter(Boolean));
    assert.ok(gone.every((r) => r.success));
    assert.ok((await conn.sobject('Account').destroy(accounts)).every((r) => r.success));
    assert.equal((await conn.query(`SELECT COUNT() FROM Account WHERE Name LIKE '${tag}%'`)).totalSize, 0);
  },
};
