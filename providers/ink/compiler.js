// Compiles Ink and reports, besides inkjs's own messages, where names are declared and where `agent` is called.
const SEVERITIES = ["note", "warning", "error"];
const NAMED = new Set(["Knot", "Function", "Stitch", "Choice", "Gather", "VAR", "CONST", "LIST", "EXTERNAL", "temp"]);

class IncludeRefused extends Error {}

function compileInk(source) {
  const messages = [];
  const say = (text, severity) => messages.push({ severity: SEVERITIES[severity], text });
  const files = {
    ResolveInkFilename(name) {
      throw new IncludeRefused(JSON.stringify({ line: compiler.parser.lineIndex + 1, name }));
    },
    LoadInkFileContents() {
      return "";
    },
  };
  const compiler = new inkjs.Compiler(source, new inkjs.CompilerOptions(null, [], true, say, files));
  const found = { messages, compiled: null, include: null, names: [], calls: [], lists: [] };
  try {
    found.compiled = compiler.Compile().ToJson();
  } catch (error) {
    if (error instanceof IncludeRefused) found.include = JSON.parse(error.message);
    else if (!messages.some((message) => message.severity === "error"))
      say(error instanceof RangeError || /stack overflow/i.test(error.message) ? "This is nested too deeply." : String(error.message), 2);
  }
  if (compiler._parsedStory) walk(compiler._parsedStory, found);
  return found;
}

function walk(root, found) {
  const waiting = [root];
  const seen = new Set();
  while (waiting.length) {
    const node = waiting.pop();
    if (!node || seen.has(node)) continue;
    seen.add(node);
    const line = node.debugMetadata ? node.debugMetadata.startLineNumber : null;
    if (NAMED.has(node.typeName)) declare(node, line, found.names);
    if (node.typeName === "Divert" && pathOf(node) === "agent")
      found.calls.push({ line, paths: (node.args || []).map((arg) => pathOf((arg.content || [])[0])) });
    waiting.push(...[...(node.content || [])].reverse());
  }
}

function declare(node, line, names) {
  const name = (node.identifier && node.identifier.name) || node.variableName || node.constantName;
  if (name) names.push({ kind: node.typeName, name, line });
  if (["Knot", "Function", "Stitch"].includes(node.typeName))
    for (const parameter of node.args || [])
      if (parameter.identifier) names.push({ kind: "parameter", name: parameter.identifier.name, line });
}

function pathOf(node) {
  return node && node.target ? String(node.target.dotSeparatedComponents) : null;
}
