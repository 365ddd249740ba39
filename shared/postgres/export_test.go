package postgres

// ShowsStatement is how LoadCatalogue writes shows.
func ShowsStatement() string {
	for _, step := range loadSteps {
		if step.table == "shows" {
			return step.sql
		}
	}
	return ""
}
