import { helpTexts } from '../../src/cli/program.ts';
import { codeBlock, generatedFrom, page } from './markdown.ts';

/** `docs/reference/commands.md`: the help of each command. */
export function commandsDocument(): string {
  return page(
    generatedFrom('src/cli'),
    '# Commands',
    'What a command prints, with `--json` too, and its exit codes: [Answer errors](../guides/handle-errors.md#of-a-command).',
    ...[...helpTexts()].flatMap(([name, help]) => [`## \`canonical-models ${name}\``, codeBlock('text', help)]),
  );
}
