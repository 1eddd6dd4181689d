// Package crmtest is the conformance suite of CRM drivers: what passes it is a
// driver. It also has the two wrappers with which the suite, and anybody's own
// tests, put a driver under strain: [Faulty], which fails calls by a script, and
// [Limited], which enforces limits and the Client's side of the contract.
//
// A driver's whole test is
//
//	func TestConformance(t *testing.T) {
//		crmtest.Run(t, func(t *testing.T) crmtest.Harness {
//			c := mycrm.New(...)
//			return crmtest.Harness{Driver: c, Names: crm.DefaultNames(), Seed: c.Put, ...}
//		})
//	}
//
// The suite supposes that a driver can do everything; what it cannot do is
// declared in [Harness].Lacks or by leaving a function out, and shows as a
// skipped test with the reason. A CRM that is only read and updated lacks
// [LacksCreates]; what runs then is the reading part of the suite.
package crmtest
