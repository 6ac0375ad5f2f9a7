#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// Look at Python files with ruff: node scripts/ruff/check.js FILE... Exit status 1 if it finds anything.

const fs = require("fs");
const { Workspace, PositionEncoding } = require("@astral-sh/ruff-wasm-nodejs");

const SETTINGS = {
	"line-length": 140,
	"target-version": "py311",
	lint: {
		// pycodestyle, Pyflakes, bugbear, comprehensions, Pylint, Perflint, pyupgrade, simplify, naming
		select: ["E", "F", "W", "B", "C4", "PL", "PERF", "UP", "SIM", "N"],
		ignore: [
			"E101", "W191",		// texts of other languages stand in strings
			"PLR09", "PLR2004",	// counts of arguments, branches and numbers are about taste
			"SIM115",		// some files stay open for as long as an object
			"SIM117", "SIM300", "SIM905", "PLC0415", "PLW0108", "PLW2901",
			"PLW1509",		// the programs that are started so have one thread
			"N818",			// GuestFailed is an error without its name saying so
		],
	},
};
// Fixtures are imported, and named again as arguments.
const FIXTURES = /(^|\/)tests\/cli\/test_[^/]*\.py$/;
const OF_FIXTURES = ["F401", "F811"];

const workspace = new Workspace(SETTINGS, PositionEncoding.Utf32);
let found = 0;
for (const file of process.argv.slice(2)) {
	for (const { code, message, start_location: at } of workspace.check(fs.readFileSync(file, "utf8"))) {
		if (FIXTURES.test(file) && OF_FIXTURES.includes(code))
			continue;
		console.log(`${file}:${at.row}:${at.column}: ${code} ${message}`);
		found++;
	}
}
process.exit(found ? 1 : 0);
