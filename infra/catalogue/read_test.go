package catalogue_test

import (
	"strings"
	"testing"
	"time"

	"movienow/infra/catalogue"
)

func TestMistakesAreNamedWithFileAndLine(t *testing.T) {
	t.Parallel()
	const cities = "city_id,name,country,time_zone,currency\n"
	const movies = "movie_id,title,year,runtime_minutes,language,genres\n"
	tests := map[string]struct{ file, text, want string }{
		"a file is missing":        {"movies.csv", "", "movies.csv"},
		"another header":           {"cities.csv", "id,name\n", "cities.csv:1: the first line must be"},
		"a field is missing":       {"cities.csv", cities + "berlin,Berlin\n", "cities.csv: record on line 2: wrong number of fields"},
		"an id with a space":       {"cities.csv", cities + "the city,City,DE,Europe/Berlin,EUR\n", `cities.csv:2: city_id is "the city"`},
		"an id twice":              {"cities.csv", cities + strings.Repeat("berlin,B,DE,Europe/Berlin,EUR\n", 2), `cities.csv:3: city_id "berlin" is there twice`},
		"no name":                  {"cities.csv", cities + "berlin,,DE,Europe/Berlin,EUR\n", "cities.csv:2: name must have 1 to 200 bytes"},
		"a name that is too long":  {"cities.csv", cities + "berlin," + strings.Repeat("x", 201) + ",DE,Europe/Berlin,EUR\n", "name must have"},
		"a country in words":       {"cities.csv", cities + "berlin,Berlin,Germany,Europe/Berlin,EUR\n", `cities.csv:2: country is "Germany"`},
		"an unknown zone":          {"cities.csv", cities + "berlin,Berlin,DE,Europe/Bonn,EUR\n", "cities.csv:2: time_zone"},
		"a currency without price": {"cities.csv", cities + "berlin,Berlin,DE,Europe/Berlin,DEM\n", `cities.csv:2: there is no currency "DEM" in prices.csv`},
		"a price of nothing":       {"prices.csv", "currency,seat_type,matinee,evening\nEUR,STANDARD,0,1\n", "prices.csv:2: matinee"},
		"an unknown seat type":     {"prices.csv", "currency,seat_type,matinee,evening\nEUR,LOUNGE,1,1\n", "prices.csv:2: seat_type"},
		"a seat without price":     {"layouts/tiny.txt", "A sps\n", "screens.csv:2: there is no price of a PREMIUM seat in EUR"},
		"an unknown city":          {"theaters.csv", "theater_id,city_id,name,address\nlumen,bonn,L,T\n", `theaters.csv:2: there is no city_id "bonn"`},
		"an unknown theater":       {"screens.csv", "screen_id,theater_id,name,layout\ns,dark,S,tiny\n", `screens.csv:2: there is no theater_id "dark"`},
		"an unknown layout":        {"screens.csv", "screen_id,theater_id,name,layout\ns,lumen,S,huge\n", "layouts/huge.txt"},
		"a seat that is none":      {"layouts/tiny.txt", "A s?s\n", "layouts/tiny.txt:1: '?' is no seat"},
		"a row twice":              {"layouts/tiny.txt", "A ss\nA ss\n", "layouts/tiny.txt:2: a row is"},
		"two best spots":           {"layouts/tiny.txt", "A sSs\nB Sss\n", "layouts/tiny.txt:2: the best spot is marked by one capital letter, or two in one row"},
		"a best spot of three":     {"layouts/tiny.txt", "A SSS\n", "layouts/tiny.txt:1: the best spot is marked"},
		"a rule that is none": {"screens.csv", "screen_id,theater_id,name,layout,single_seats\ns,lumen,S,tiny,no\n",
			`screens.csv:2: single_seats is "no"; use allowed or refused`},
		"another last column":    {"screens.csv", "screen_id,theater_id,name,layout,floor\n", "screens.csv:1: the first line must be"},
		"a layout without seats": {"layouts/tiny.txt", "# nothing\n", "there are no seats"},
		"a year in words":        {"movies.csv", movies + "faust,Faust,long ago,106,zxx,\n", `movies.csv:2: year is "long ago"`},
		"a language in words":    {"movies.csv", movies + "faust,Faust,1926,106,German,\n", `movies.csv:2: language is "German"`},
		"an unknown movie":       {"shows.csv", "screen_id,movie_id,starts_at\nlumen-1,dune,2026-03-01T20:15\n", `shows.csv:2: there is no movie_id "dune"`},
		"a time that is none":    {"shows.csv", "screen_id,movie_id,starts_at\nlumen-1,faust,8 pm\n", `shows.csv:2: starts_at is "8 pm"`},
		"two shows at once": {"shows.csv", "screen_id,movie_id,starts_at\n" + strings.Repeat("lumen-1,faust,2026-03-01T20:15\n", 2),
			"shows.csv:3: screen lumen-1 has two shows at that time"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := catalogue.Read(with(house(), test.file, test.text), time.Now())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

// A file that a person has written is read, or refused with its name.
func FuzzACatalogueIsReadOrRefused(f *testing.F) {
	f.Add("layouts/tiny.txt", "# two rows\nA sss\n\nB s.SS\n")
	f.Add("screens.csv", "screen_id,theater_id,name,layout,single_seats\nlumen-1,lumen,Saal 1,tiny,refused\n")
	f.Add("shows.csv", "screen_id,movie_id,starts_at\nlumen-1,faust,2026-03-01T20:15\n")
	f.Add("prices.csv", "currency,seat_type,matinee,evening\nEUR,STANDARD,99999999999999999999,1\n")
	f.Add("movies.csv", "\xef\xbb\xbfmovie_id,title,year,runtime_minutes,language,genres\n\"")
	f.Fuzz(func(t *testing.T, file, text string) {
		if house()[file] == nil || text == "" {
			return // no file of a catalogue
		}
		read, err := catalogue.Read(with(house(), file, text), time.Unix(1772323200, 0))
		if err != nil && !strings.Contains(err.Error(), ".csv") && !strings.Contains(err.Error(), ".txt") {
			t.Errorf("%q: %v doesn't say where", text, err)
		}
		for _, s := range read.Screens {
			if err == nil && len(s.Seats) == 0 {
				t.Errorf("%q: screen %s has no seats", text, s.ScreenID)
			}
		}
	})
}
