// The AsyncAPI project's own parser over the document named on the command line; 1 when it complains.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

// 3.0 is what the tools around AsyncAPI take; that 3.1 exists is news, not a fault.
const NEWS = "asyncapi-latest-version";
const { document, diagnostics } = await new Parser().parse(await readFile(process.argv[2], "utf8"));
const complaints = diagnostics.filter(({ code }) => code !== NEWS);
for (const { code, path, message } of complaints) console.log(`${path.join("/")}: ${message} (${code})`);
process.exitCode = document && complaints.length === 0 ? 0 : 1;
