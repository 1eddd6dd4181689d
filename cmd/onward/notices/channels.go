package notices

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/mail"
	"github.com/onward-crm/onward/routing/notify/slack"
)

// The environment variables of the channels. Addresses of webhooks and mail servers
// hold secrets, so they stand in no file.
const (
	EnvSMTP         = "ONWARD_SMTP_URL"
	EnvMailFrom     = "ONWARD_MAIL_FROM"
	EnvSlackToken   = "ONWARD_SLACK_TOKEN"
	EnvSlackChannel = "ONWARD_SLACK_CHANNEL"
	EnvWebhook      = "ONWARD_CHAT_WEBHOOK"
	EnvChannels     = "ONWARD_NOTICE_CHANNELS"
)

// channelOrder is the order in which channels are tried: those that reach a person
// alone go before those that others read.
var channelOrder = []string{"slack", "mail", "slack_channel", "webhook"}

// ErrNoChannel: the environment names no channel.
var ErrNoChannel = fmt.Errorf("no channel to send by: set %s and %s, %s, or %s", EnvSMTP, EnvMailFrom, EnvSlackToken, EnvWebhook)

// Courier makes one from the channels that the environment names; environ holds texts
// of the form NAME=value. The error names the variable that is wrong, and quotes none.
// Without any it is ErrNoChannel. o tunes the courier, nil for the defaults.
func Courier(environ []string, o *notify.CourierOptions) (*notify.Courier, error) {
	env := map[string]string{}
	for _, pair := range environ {
		name, v, _ := strings.Cut(pair, "=")
		env[name] = v
	}
	channels, err := channelsOf(env)
	if err != nil {
		return nil, err
	}
	order := channelOrder
	if list := env[EnvChannels]; list != "" {
		order = strings.Split(list, ",")
	}
	var senders []notify.Sender
	for _, name := range order {
		s, ok := channels[strings.TrimSpace(name)]
		switch {
		case ok:
			senders = append(senders, s)
		case !slices.Contains(channelOrder, strings.TrimSpace(name)):
			return nil, fmt.Errorf("%s: %q: want channels among %s", EnvChannels, name, strings.Join(channelOrder, ", "))
		case env[EnvChannels] != "":
			return nil, fmt.Errorf("%s: %s is not configured", EnvChannels, strings.TrimSpace(name))
		}
	}
	if len(senders) == 0 {
		return nil, ErrNoChannel
	}
	return notify.NewCourier(senders, o)
}

// channelsOf are the channels that an environment configures, by name.
func channelsOf(env map[string]string) (map[string]notify.Sender, error) {
	out := map[string]notify.Sender{}
	var errs []error
	add := func(variable string, s notify.Sender, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", variable, err))
			return
		}
		out[s.Name()] = s
	}
	if env[EnvSMTP] != "" {
		o, err := mailOptions(env[EnvSMTP])
		var s *mail.Sender
		if err == nil {
			o.From = env[EnvMailFrom]
			s, err = mail.New(o)
		}
		add(EnvSMTP, s, err)
	}
	if token := env[EnvSlackToken]; token != "" {
		s, err := slack.NewDirect(notify.Secret(token), nil)
		add(EnvSlackToken, s, err)
		if channel := env[EnvSlackChannel]; channel != "" {
			s, err := slack.NewChannel(notify.Secret(token), channel, nil)
			add(EnvSlackChannel, s, err)
		}
	}
	if hook := env[EnvWebhook]; hook != "" {
		s, err := slack.NewWebhook(notify.Secret(hook), nil)
		add(EnvWebhook, s, err)
	}
	return out, errors.Join(errs...)
}

// errSMTPURL does not quote the URL, which may hold a password.
var errSMTPURL = errors.New("want smtp://USER:PASSWORD@HOST:587, or smtps:// for port 465; ?tls=opportunistic or none for a relay without it")

// mailOptions reads an address such as smtp://user:password@smtp.example.com:587.
func mailOptions(address string) (mail.Options, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return mail.Options{}, errSMTPURL
	}
	o := mail.Options{Host: u.Hostname(), TLS: mail.TLSRequired}
	if text := u.Port(); text != "" {
		if o.Port, err = strconv.Atoi(text); err != nil {
			return o, errSMTPURL
		}
	}
	o.Username = u.User.Username()
	password, _ := u.User.Password()
	o.Password = notify.Secret(password)
	q := u.Query()
	if u.Scheme == "smtps" {
		o.TLS = mail.TLSImplicit
	} else if way := q.Get("tls"); way != "" {
		o.TLS = mail.TLS(way)
	}
	q.Del("tls")
	if len(q) > 0 {
		return o, errSMTPURL
	}
	return o, nil
}
