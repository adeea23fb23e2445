import {useState} from 'preact/hooks';
import {acceptToken} from '../api/session.ts';
import {Form, Input} from '../ui/form.tsx';
import {Screen} from '../ui/layout.tsx';
import {Note} from '../ui/notes.tsx';

export function TokenScreen({wasRefused}: {wasRefused: boolean}) {
  const [value, setValue] = useState('');
  const submit = () => {
    if (value.trim()) acceptToken(value);
  };
  return (
    <Screen title="Who is there?">
      <p class="lead">
        This assayd answers to those who have a token. Whoever runs it can give you one: a line of its token file.
      </p>
      {wasRefused && (
        <Note tone="fail" title="This token is not known">
          <p>Paste it again, whole and without spaces; it may also have been replaced meanwhile.</p>
        </Note>
      )}
      <Form label="Token" submit="Use this token" action={{run: submit, isBusy: false}}>
        <Input
          label="Token"
          type="password"
          value={value}
          onChange={setValue}
          width="26rem"
          hint="Kept in this tab until you close it. It is never part of an address."
        />
      </Form>
    </Screen>
  );
}
