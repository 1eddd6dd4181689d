package matching

// What tests of the exported API draw from.
var (
	DrawProfile  = drawProfile
	DrawCompany  = drawCompany
	DrawAccounts = drawAccounts
	MadeAccount  = madeAccount
	MadeAccounts = madeAccounts
)
