package iam

import "strings"

// who is the principal of a request, taken apart.
type who struct {
	name    string // as the request gives it
	kind    whoKind
	account string
	role    string // a session's role, as an ARN
}

type whoKind uint8

const (
	anonymous whoKind = iota
	service
	account // its root user
	user
	role
	session
)

// whoIs returns the principal of a request. What is no ARN is a service.
func whoIs(r *Request) who {
	w := who{name: r.Principal, account: r.Account}
	parts, ok := splitARN(r.Principal)
	switch {
	case r.Principal == "":
		return w
	case !ok:
		w.kind = service
		return w
	}
	if w.account == "" {
		w.account = parts[arnAccount]
	}
	kind, name, _ := strings.Cut(parts[arnResource], "/")
	switch kind {
	case "root":
		w.kind = account
	case "role":
		w.kind = role
	case "assumed-role":
		w.kind = session
		name, _, _ = strings.Cut(name, "/")
		w.role = strings.Join([]string{"arn", parts[arnPartition], "iam", "", parts[arnAccount], "role/" + name}, ":")
	default:
		w.kind = user
	}
	return w
}

// naming is how a list of principals names someone.
type naming uint8

const (
	unnamed   naming = iota
	byAccount        // its account is named: the account decides
	byName           // it is named itself, or everyone is
)

// of returns how a principal of a policy names the principal of a request.
func (p Principal) of(w *who) naming {
	switch {
	case p.Type == PrincipalService:
		if w.kind == service && strings.EqualFold(p.ID, w.name) {
			return byName
		}
		return unnamed
	case p.ID == everyone:
		return byName
	case w.kind == service || w.kind == anonymous:
		return unnamed
	case p.ID == w.name || w.kind == session && sameRole(p.ID, w.role):
		return byName
	case accountOf(p.ID) != w.account:
		return unnamed
	case w.kind == account:
		return byName
	}
	return byAccount
}

const everyone = "*"

// sameRole reports whether two ARNs are of one role: sessions do not tell their role's path.
func sameRole(named, inSession string) bool {
	parts, ok := splitARN(named)
	if !ok || !strings.HasPrefix(parts[arnResource], "role/") {
		return false
	}
	path := strings.Split(parts[arnResource], "/")
	parts[arnResource] = "role/" + path[len(path)-1]
	return strings.Join(parts[:], ":") == inSession
}

// accountOf returns the account that a principal's ID stands for, or nothing when it stands for something else.
func accountOf(id string) string {
	if isAccount(id) {
		return id
	}
	if parts, ok := splitARN(id); ok && parts[arnResource] == "root" {
		return parts[arnAccount]
	}
	return ""
}

// names returns how a statement's Principal or NotPrincipal concerns the principal of a request. Statements of
// identities have neither: they concern whom they are attached to.
func (s *Statement) names(w *who) naming {
	if len(s.NotPrincipal) > 0 {
		if s.excepts(w) {
			return unnamed
		}
		return byName
	}
	if s.Policy.Kind == Identity {
		return byName
	}
	best := unnamed
	for _, p := range s.Principal {
		best = max(best, p.of(w))
	}
	return best
}

// excepts reports whether NotPrincipal leaves a principal out of a Deny. AWS looks at its account, then at its role,
// then at itself, and each must be named.
func (s *Statement) excepts(w *who) bool {
	var accountNamed, roleNamed, named bool
	for _, p := range s.NotPrincipal {
		switch {
		case p.of(w) == unnamed:
		case p.Type == PrincipalService || p.ID == everyone || w.kind == service:
			return true
		case p.ID == w.name || w.kind == account:
			named = true
		case p.of(w) == byName:
			roleNamed = true
		}
		accountNamed = accountNamed || p.Type == PrincipalAWS && w.account != "" && accountOf(p.ID) == w.account
	}
	return named && accountNamed && (roleNamed || w.kind != session)
}
