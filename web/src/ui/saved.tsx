// A text that becomes a file of whoever asks for it.

export function Saved({name, text, type = 'application/json'}: {name: string; text: string; type?: string}) {
  const save = () => {
    const address = URL.createObjectURL(new Blob([text], {type}));
    const link = document.createElement('a');
    link.href = address;
    link.download = name;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <button type="button" class="button" onClick={save}>
      Save {name.slice(name.indexOf('.') + 1)}
    </button>
  );
}
