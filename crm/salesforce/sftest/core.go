package sftest

import "net/http"

// coreRoutes are the resources of records.
func coreRoutes() []route {
	const get, post, patch, remove = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	return []route{
		{get, "", resources},
		{get, "limits", limits},
		{get, "sobjects", describeGlobal},
		{get, "sobjects/*/describe", describeObject},
		{get, "sobjects/*", basicInfo},
		{post, "sobjects/*", createRow},
		{get, "sobjects/*/*", row},
		{patch, "sobjects/*/*", changeRow},
		{remove, "sobjects/*/*", deleteRow},
		{get, "sobjects/*/*/*", row},
		{patch, "sobjects/*/*/*", changeRow},
		{remove, "sobjects/*/*/*", deleteRow},
		{post, "composite/sobjects", insertMany},
		{patch, "composite/sobjects", updateMany},
		{remove, "composite/sobjects", deleteMany},
		{patch, "composite/sobjects/*/*", upsertMany},
		{get, "composite/sobjects/*", readMany},
		{post, "composite/sobjects/*", readMany},
		{post, "composite", composite},
		{post, "composite/graph", graphs},
		{post, "composite/tree/*", tree},
		{post, "composite/batch", batch},
	}
}
