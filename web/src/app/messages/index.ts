// The words of the console in the language of the browser; English where a language is missing.
import { en, type Messages } from './en';

const catalogues: Record<string, Messages> = { en };

function choose(): Messages {
  for (const language of navigator.languages) {
    const found = catalogues[language.split('-')[0] ?? ''];
    if (found) return found;
  }
  return en;
}

export const m: Messages = choose();
export type { Messages };
