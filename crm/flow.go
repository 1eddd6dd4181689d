package crm

// FlowShape lists the variables of an autolaunched Flow. Names are
// case-sensitive.
type FlowShape struct {
	Inputs   []string `json:"inputs"`
	Required []string `json:"required"`
	Outputs  []string `json:"outputs"`
}

// FlowResult is what one run of a Flow gave out.
type FlowResult struct {
	Outputs map[string]string `json:"outputs,omitempty"`
	// Err is set when the Flow failed; its writes were rolled back.
	Err error `json:"-"`
}
