// Package memcrm is a CRM in memory: the embedded default, and the reference
// for what a CRM does with what onward sends.
//
// [CRM] implements crm.Driver and behaves as Salesforce does where onward can
// notice: required fields, types and lengths, unique external ids, duplicate
// rules that block or warn, validation rules, inactive owners, queues that own
// leads only, converted leads that cannot be changed, deleted and merged
// records, versions, locked rows, and records that the integration user may not
// see. Only time-outs, quotas and lost answers are missing; the wrappers in
// crm/crmtest add them.
//
// The methods beside the driver's own (Put, Edit, Merge, Convert, Hide, …) are
// the rest of the world: an administrator who fills the CRM, and the people
// who change it while onward works.
//
// [CRM.Transact] does several things at once or not at all, as the interfaces of
// the platform do that promise it.
//
// [Load] and [CRM.Save] read and write a folder of CSV files in the layout of
// Salesforce's data export.
//
// # Determinism
//
// Ids are numbered in order of creation, time comes from Options.Now, and every
// list comes in order of id: the same calls give the same CRM, byte by byte.
//
// # Where it differs
//
// Unique external ids are compared with regard to case, in queries too, as
// Salesforce does for fields that are declared case-sensitive. Deleting a
// record leaves its children alone. Formulas, triggers and roll-ups do not exist.
package memcrm
