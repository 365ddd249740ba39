package policy

import (
	"slices"
	"strings"
	"testing"
)

// certificate is the part of a Certificate that rules are about.
type certificate struct {
	IsCA            bool     `json:"isCA"`
	SecretName      string   `json:"secretName"`
	DNSNames        []string `json:"dnsNames"`
	NameConstraints struct {
		Permitted struct {
			DNSDomains []string `json:"dnsDomains"`
		} `json:"permitted"`
	} `json:"nameConstraints"`
}

// TestCertificatesAreForWhatClientsConnectTo: the names in the addresses are those that the certificates vouch for, and the
// authority may vouch for no others than the cluster's.
func TestCertificatesAreForWhatClientsConnectTo(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		if overlay != "overlays/eks" {
			return // the others have no servers of their own, or no TLS, or their addresses aren't here
		}
		var names, permitted []string
		for _, object := range find(objects, "Certificate") {
			var spec certificate
			object.decode(&spec)
			names = append(names, spec.DNSNames...)
			if spec.IsCA {
				permitted = append(permitted, spec.NameConstraints.Permitted.DNSDomains...)
			}
		}
		if !slices.Equal(permitted, []string{"movienow.svc.cluster.local", "localhost"}) {
			t.Errorf("the authority may vouch for %v", permitted)
		}
		for _, name := range names {
			if name != "localhost" && !strings.HasSuffix(name, ".movienow.svc.cluster.local") {
				t.Errorf("the authority may not vouch for %s", name)
			}
		}
		hosts, err := serverHosts(objects)
		if err != nil {
			t.Fatal(err)
		}
		for host := range hosts {
			if !slices.Contains(names, host) {
				t.Errorf("clients connect to %s, for which there is no certificate", host)
			}
		}
	})
}
