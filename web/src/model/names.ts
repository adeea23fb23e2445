// Names that people type one after another, with commas or spaces between them.

export const namesIn = (text: string): string[] => text.split(/[\s,]+/).filter((each) => each !== '');
