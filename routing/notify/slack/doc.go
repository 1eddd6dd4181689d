// Package slack sends messages to Slack and to chats that take the same webhooks
// (Mattermost, Rocket.Chat and others). It has three senders:
//
//   - [NewDirect] finds the person by e-mail address (users.lookupByEmail) and writes
//     to them alone (chat.postMessage);
//   - [NewChannel] writes into one channel with the same bot token;
//   - [NewWebhook] writes into the channel of an incoming webhook.
//
// Messages into a channel name whom they are for. A bot token needs the scopes
// chat:write and, for NewDirect, users:read.email.
//
// Only https is spoken, redirects are not followed, and addresses in private networks
// are refused unless the options allow them.
package slack
