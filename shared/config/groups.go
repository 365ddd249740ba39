package config

import "time"

// Server is what every function needs: where it listens and whom it talks to.
type Server struct {
	// Port is where the container's HTTP server listens; a Lambda function doesn't use it.
	Port int `env:"PORT" envDefault:"8080"`
	// AllowedOrigins lists the web origins that browsers may call from, "*" for any.
	AllowedOrigins []string `env:"ALLOWED_ORIGINS" envDefault:"*"`
	// TrustedProxies is how many proxies stand before the container, each of which adds to X-Forwarded-For whom it was
	// connected from. A Lambda function is told the client's address and doesn't use it.
	TrustedProxies int `env:"TRUSTED_PROXIES" envDefault:"0"`
	// MaxRequests is how many requests a container works on at the same time, and MaxWaiting how many more wait for that.
	// The next ones are answered 503 at once. Zero is no limit.
	MaxRequests int `env:"MAX_REQUESTS" envDefault:"32"`
	MaxWaiting  int `env:"MAX_WAITING" envDefault:"32"`
	// MaxConnections is how many clients may be connected to a container, idle ones included. Each takes some 20 KiB; the next wait
	// until one leaves. Zero is no limit.
	MaxConnections int `env:"MAX_CONNECTIONS" envDefault:"2000"`
	// DrainDelay is how long a stopping container still serves, so that load balancers can notice it isn't ready.
	DrainDelay time.Duration `env:"DRAIN_DELAY" envDefault:"0s"`
	// DrainTimeout is how long requests under way may take to end: longer than the longest answer, a checkout's 25 s.
	DrainTimeout time.Duration `env:"DRAIN_TIMEOUT" envDefault:"30s"`
	// MetricsPort is where Prometheus reads a container's metrics, apart from the port that clients reach. 0 is nowhere.
	MetricsPort int `env:"METRICS_PORT" envDefault:"0"`
	// Profiles adds Go's profiles to that port: what the process computes, allocates and waits for, names of its code included.
	Profiles bool `env:"PROFILES" envDefault:"false"`
}

// Database is PostgreSQL.
type Database struct {
	DatabaseURL Secret `env:"DATABASE_URL,required,notEmpty"`
	// DatabaseConnections is how many connections one copy opens at most. A query takes a few milliseconds, so four serve a
	// thousand requests a second. All copies together have to stay below PostgreSQL's max_connections.
	DatabaseConnections int `env:"DATABASE_CONNECTIONS" envDefault:"4"`
}

// LockRedis is the Redis that keeps seat locks: persistent, never evicting.
type LockRedis struct {
	LockRedisURL Secret `env:"LOCK_REDIS_URL,required,notEmpty"`
}

// Limits keep what costs something, reserving and checking out, from being done too often: for each show, so that a Redis
// Cluster can count it where it keeps the show. Zero is no limit.
type Limits struct {
	// UserPerMinute and AddressPerMinute are how many attempts one user, and all users at one client address, may make.
	UserPerMinute    int `env:"USER_REQUESTS_PER_MINUTE" envDefault:"30"`
	AddressPerMinute int `env:"ADDRESS_REQUESTS_PER_MINUTE" envDefault:"600"`
	// AddressSeats is how many seats may be kept off sale, unpaid, from one client address.
	AddressSeats int `env:"ADDRESS_UNPAID_SEATS" envDefault:"40"`
}

// CacheRedis is the Redis that caches listings; it may forget at will.
type CacheRedis struct {
	CacheRedisURL Secret `env:"CACHE_REDIS_URL,required,notEmpty"`
}

// Broker is RabbitMQ.
type Broker struct {
	AMQPURL Secret `env:"AMQP_URL,required,notEmpty"`
}

// Auth says whose tokens are accepted.
type Auth struct {
	Issuer   string `env:"AUTH_ISSUER,required,notEmpty"`
	Audience string `env:"AUTH_AUDIENCE,required,notEmpty"`
	JWKSURL  string `env:"AUTH_JWKS_URL,required,notEmpty"`
}

// Payment is the payment provider.
type Payment struct {
	// Provider chooses one; sandbox if empty.
	Provider string `env:"PAYMENT_PROVIDER"`
	URL      string `env:"PAYMENT_URL,required,notEmpty"`
	APIKey   Secret `env:"PAYMENT_API_KEY,required,notEmpty"`
	// Timeout bounds one call; a charge that takes longer is looked up before anything else happens.
	Timeout time.Duration `env:"PAYMENT_TIMEOUT" envDefault:"8s"`
}

// Installation tells the payments of this installation from those of others that share its account at the provider.
type Installation struct {
	// Name goes with every charge. Money that arrives under it for a booking that nobody knows is given back, so no two
	// installations with the same account may have the same.
	Name string `env:"PAYMENT_INSTALLATION,notEmpty" envDefault:"movienow"`
}

// Webhook is how the payment provider's messages are known to be its own.
type Webhook struct {
	// Provider is that of Payment.
	Provider string `env:"PAYMENT_PROVIDER"`
	// Secrets may be two, with a comma in between, while the secret is being rotated.
	Secrets Secret `env:"PAYMENT_WEBHOOK_SECRET,required,notEmpty"`
}

// SMTP is the mail server and the sender.
type SMTP struct {
	Host     string `env:"SMTP_HOST,required,notEmpty"`
	Port     int    `env:"SMTP_PORT" envDefault:"587"`
	TLS      string `env:"SMTP_TLS" envDefault:"starttls"` // none, starttls or tls
	Username string `env:"SMTP_USERNAME"`
	Password Secret `env:"SMTP_PASSWORD"`
	From     string `env:"MAIL_FROM,required,notEmpty"` // RFC 5322 address, with or without a name
}

// Email says how many e-mails are sent at the same time, and where they come from.
type Email struct {
	Workers int `env:"EMAIL_WORKERS" envDefault:"16"`
	// Consume makes a container take messages from the queue by itself; on Knative they are handed to it.
	Consume bool `env:"EMAIL_CONSUME" envDefault:"true"`
	// Prefetch is how many messages RabbitMQ hands over in advance; at least as many as Workers.
	Prefetch int `env:"EMAIL_PREFETCH" envDefault:"64"`
}
