package listingtest

import (
	"fmt"
	"strings"
	"time"
)

// small is a catalogue of two theaters half a day apart. Both show Metropolis in half an hour before midnight and half an
// hour after it, between the day after tomorrow and the day after that; Nosferatu is only on in Tokyo, Sunrise nowhere.
func small() map[string]string {
	return map[string]string{
		"prices.csv": "currency,seat_type,matinee,evening\nJPY,STANDARD,1300,1900\nUSD,STANDARD,1150,1650\n",
		"cities.csv": "city_id,name,country,time_zone,currency\n" +
			"new-york,New York,US,America/New_York,USD\ntokyo,Tokyo,JP,Asia/Tokyo,JPY\n",
		"theaters.csv": "theater_id,city_id,name,address\nginmaku,tokyo,Ginmaku,\"1-7-3 Asakusa\"\n" +
			"nickel,new-york,The Nickel,77 Canal Bridge Street\nstar,tokyo,Star,2-2 Asakusa\n",
		"screens.csv":      "screen_id,theater_id,name,layout\nginmaku-1,ginmaku,Screen 1,tiny\nnickel-1,nickel,Screen 1,tiny\n",
		"layouts/tiny.txt": "A s.s\nB sss\n",
		"movies.csv": "movie_id,title,year,runtime_minutes,language,genres\nmetropolis,Metropolis,1927,153,zxx,Drama\n" +
			"nosferatu,Nosferatu,1922,94,zxx,Horror\nsunrise,Sunrise,1927,94,zxx,\n",
		"shows.csv": Shows(
			"ginmaku-1 metropolis "+Day("Asia/Tokyo", 2)+"T23:30",
			"ginmaku-1 metropolis "+Day("Asia/Tokyo", 3)+"T00:30",
			"ginmaku-1 nosferatu "+Day("Asia/Tokyo", 3)+"T12:00",
			"nickel-1 metropolis "+Day("America/New_York", 2)+"T23:30",
			"nickel-1 metropolis "+Day("America/New_York", 3)+"T00:30",
			"nickel-1 metropolis "+Day("America/New_York", -1)+"T20:00"), // over
	}
}

// Shows is a shows.csv of lines that name screen, movie and local time.
func Shows(lines ...string) string {
	return "screen_id,movie_id,starts_at\n" + strings.ReplaceAll(strings.Join(lines, "\n"), " ", ",") + "\n"
}

// Day is the date in the zone so many days from today.
func Day(zone string, days int) string {
	location, err := time.LoadLocation(zone)
	if err != nil {
		panic(fmt.Sprintf("load zone %s: %v", zone, err)) // the tests name only real ones
	}
	return time.Now().In(location).AddDate(0, 0, days).Format(time.DateOnly)
}
