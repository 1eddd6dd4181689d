// Package letter makes a [digest.Message] readable: as an e-mail (HTML that mail
// programs show, with plain text beside it) and as Slack blocks. It is pure.
//
// Everything that comes from outside (names, titles, companies) is escaped for where
// it stands; addresses of links must be http or https, others are left out. The HTML
// is made of tables with styles of their own on each cell, since mail programs drop
// most else; colours hold on light and dark grounds, and programs that know
// prefers-color-scheme get a dark sheet. The page loads nothing from anywhere.
package letter
