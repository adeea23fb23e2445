// An item that shows personal data or a secret: what is to be taken out of it, by those who protect data.

import {create} from '@bufbuild/protobuf';
import {useState} from 'preact/hooks';
import {ItemContentSchema, type ItemContent, type ReviewItemView} from '../../../gen/assay/v1/review_pb';
import {patience, reviews} from '../../api/client.ts';
import {useKept} from '../../api/kept.ts';
import {useAction} from '../../api/use.ts';
import {occurrences, takenOut} from '../../model/redaction.ts';
import {plural} from '../../model/format.ts';
import {Button, Form, Input} from '../../ui/form.tsx';
import {Section} from '../../ui/layout.tsx';
import {Failed} from '../../ui/notes.tsx';

export function Redaction({view, person, onDone}: {view: ReviewItemView; person: string; onDone: () => void}) {
  const [key] = useState(() => crypto.randomUUID());
  const {content, item} = view;
  const kept = useKept(person, `redaction.${item?.id}`, {words: '', policy: ''});
  const {words, policy} = kept.now;
  const secrets = words.split('\n').map((each) => each.trim()).filter((each) => each !== '');
  const options = {timeoutMs: patience};
  const redact = useAction(async () => {
    if (!content || !item) return;
    const value = {content: redacted(content, secrets), policy};
    await reviews.actOnItem({item: item.id, key, action: {case: 'endQuarantine', value}}, options);
    kept.forget();
    onDone();
  });
  const nothing = useAction(async () => {
    await reviews.actOnItem({item: item?.id ?? '', key: `${key}-nothing`, action: {case: 'endQuarantine', value: {}}}, options);
    kept.forget();
    onDone();
  });
  if (!content) return null;
  const found = occurrences(textsOf(content), secrets);
  return (
    <Section title="Take out what nobody should see" says="What was judged before stays and does not count.">
      <label class="field">
        <span>What is to be taken out, a line each</span>
        <textarea rows={3} value={words} onInput={(event) => kept.change({words: event.currentTarget.value})} />
      </label>
      <p role="status">{secrets.length > 0 && `${plural(found, 'place')} will read [taken out].`}</p>
      <Form label="Redaction" submit="Take it out" action={redact} failed="Nothing was taken out">
        <Input label="Version of the redaction policy" value={policy} onChange={(value) => kept.change({policy: value})} />
        <Button action={nothing}>There is nothing to take out</Button>
      </Form>
      {nothing.problem && <Failed what="The item stays withheld" problem={nothing.problem} />}
    </Section>
  );
}

function textsOf({prompt, responses, claims, reference, context, fields}: ItemContent): string[] {
  return [
    ...prompt.map(({text}) => text),
    ...responses.flatMap(({text, calls}) => [text, ...calls.flatMap((call) => [call.arguments, call.result])]),
    ...claims.map(({text}) => text),
    reference,
    context,
    ...fields.map(({value}) => value),
  ];
}

function redacted({prompt, responses, claims, reference, context, fields}: ItemContent, secrets: string[]): ItemContent {
  const without = (text: string): string => takenOut(text, secrets);
  return create(ItemContentSchema, {
    prompt: prompt.map(({role, text}) => ({role, text: without(text)})),
    responses: responses.map(({id, text, calls}) => ({
      id,
      text: without(text),
      calls: calls.map((call) => ({id: call.id, tool: call.tool, arguments: without(call.arguments), result: without(call.result)})),
    })),
    claims: claims.map(({id, text}) => ({id, text: without(text)})),
    reference: without(reference),
    context: without(context),
    fields: fields.map(({name, value}) => ({name, value: without(value)})),
    isRedacted: true,
  });
}
