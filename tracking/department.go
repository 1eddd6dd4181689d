package tracking

import (
	"fmt"
	"slices"
	"strings"
)

// Department is what a job title is about.
type Department string

// The departments.
const (
	DepartmentCustomerSuccess Department = "customer_success"
	DepartmentData            Department = "data"
	DepartmentEngineering     Department = "engineering"
	DepartmentFinance         Department = "finance"
	DepartmentHR              Department = "hr"
	DepartmentIT              Department = "it"
	DepartmentLegal           Department = "legal"
	DepartmentMarketing       Department = "marketing"
	DepartmentOperations      Department = "operations"
	DepartmentProcurement     Department = "procurement"
	DepartmentProduct         Department = "product"
	DepartmentSales           Department = "sales"
	DepartmentSecurity        Department = "security"
	DepartmentSupport         Department = "support"
)

// Departments lists the departments in alphabetical order.
func Departments() []Department {
	return []Department{
		DepartmentCustomerSuccess, DepartmentData, DepartmentEngineering, DepartmentFinance, DepartmentHR, DepartmentIT, DepartmentLegal,
		DepartmentMarketing, DepartmentOperations, DepartmentProcurement, DepartmentProduct, DepartmentSales, DepartmentSecurity, DepartmentSupport,
	}
}

// UnmarshalText reads a department; the error lists what is allowed.
func (d *Department) UnmarshalText(text []byte) error {
	name := Department(strings.ToLower(strings.TrimSpace(string(text))))
	if !slices.Contains(Departments(), name) {
		return fmt.Errorf("tracking: unknown department %q; allowed are %s", clip(string(text)), list(Departments()))
	}
	*d = name
	return nil
}

// DepartmentsOf returns the departments that a title names, in alphabetical
// order: none, one, or several ("VP Sales & Marketing"). What follows "to"
// belongs to somebody else.
func DepartmentsOf(title string) []Department {
	words := titleWords(title)
	if i := slices.Index(words, "to"); i > 0 {
		words = words[:i]
	}
	var out []Department
	for i, w := range words {
		if i+1 < len(words) {
			if d, ok := departmentPairs[w+" "+words[i+1]]; ok {
				out = append(out, d)
			}
		}
		if d, ok := departmentWords[w]; ok {
			out = append(out, d)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var departmentPairs = map[string]Department{
	"customer success": DepartmentCustomerSuccess, "client success": DepartmentCustomerSuccess, "customer experience": DepartmentCustomerSuccess,
	"business development": DepartmentSales, "account executive": DepartmentSales, "account manager": DepartmentSales,
	"demand generation": DepartmentMarketing, "lead generation": DepartmentMarketing, "human capital": DepartmentHR,
	"customer support": DepartmentSupport, "customer service": DepartmentSupport, "technical support": DepartmentSupport,
	"supply chain": DepartmentProcurement, "machine learning": DepartmentData, "business intelligence": DepartmentData,
}

// departmentWords are in folded form.
var departmentWords = map[string]Department{
	"csm":  DepartmentCustomerSuccess,
	"data": DepartmentData, "analytics": DepartmentData, "cdo": DepartmentData,
	"engineering": DepartmentEngineering, "engineer": DepartmentEngineering, "software": DepartmentEngineering, "developer": DepartmentEngineering, "devops": DepartmentEngineering,
	"cto": DepartmentEngineering, "rd": DepartmentEngineering, "entwicklung": DepartmentEngineering, "entwickler": DepartmentEngineering, "ingenieur": DepartmentEngineering, "desarrollo": DepartmentEngineering,
	"finance": DepartmentFinance, "financial": DepartmentFinance, "accounting": DepartmentFinance, "accountant": DepartmentFinance, "controller": DepartmentFinance, "treasurer": DepartmentFinance,
	"cfo": DepartmentFinance, "finanzen": DepartmentFinance, "finanzas": DepartmentFinance, "financier": DepartmentFinance, "buchhaltung": DepartmentFinance,
	"hr": DepartmentHR, "people": DepartmentHR, "talent": DepartmentHR, "recruiter": DepartmentHR, "recruiting": DepartmentHR, "chro": DepartmentHR, "personal": DepartmentHR, "rh": DepartmentHR,
	"it": DepartmentIT, "cio": DepartmentIT, "infrastructure": DepartmentIT, "informatique": DepartmentIT,
	"legal": DepartmentLegal, "counsel": DepartmentLegal, "compliance": DepartmentLegal, "attorney": DepartmentLegal, "clo": DepartmentLegal, "juridique": DepartmentLegal,
	"marketing": DepartmentMarketing, "brand": DepartmentMarketing, "communications": DepartmentMarketing, "cmo": DepartmentMarketing, "growth": DepartmentMarketing, "mercadeo": DepartmentMarketing,
	"operations": DepartmentOperations, "coo": DepartmentOperations, "logistics": DepartmentOperations, "operaciones": DepartmentOperations,
	"procurement": DepartmentProcurement, "purchasing": DepartmentProcurement, "einkauf": DepartmentProcurement, "achats": DepartmentProcurement, "compras": DepartmentProcurement,
	"product": DepartmentProduct, "produkt": DepartmentProduct, "produit": DepartmentProduct, "producto": DepartmentProduct,
	"sales": DepartmentSales, "revenue": DepartmentSales, "cro": DepartmentSales, "sdr": DepartmentSales, "bdr": DepartmentSales,
	"vertrieb": DepartmentSales, "vertriebsleiter": DepartmentSales, "vertriebsleiterin": DepartmentSales, "ventes": DepartmentSales, "commercial": DepartmentSales, "ventas": DepartmentSales, "vendite": DepartmentSales, "vendas": DepartmentSales,
	"security": DepartmentSecurity, "ciso": DepartmentSecurity, "cybersecurity": DepartmentSecurity,
	"support": DepartmentSupport, "helpdesk": DepartmentSupport,
}
