// The path change alone, as a transform of jscodeshift. The map comes in the environment, old specifier to new one.
const paths = JSON.parse(process.env.BENCH_PATHS ?? '{}');

module.exports = function transform(file, { jscodeshift }) {
  const root = jscodeshift(file.source);
  let changed = false;
  const move = ({ node }) => {
    const next = node.source && paths[node.source.value];
    if (!next) return;
    node.source = jscodeshift.stringLiteral(next);
    changed = true;
  };
  root.find(jscodeshift.ImportDeclaration).forEach(move);
  root.find(jscodeshift.ExportNamedDeclaration).forEach(move);
  root.find(jscodeshift.ExportAllDeclaration).forEach(move);
  return changed ? root.toSource() : undefined;
};
module.exports.parser = 'ts';
