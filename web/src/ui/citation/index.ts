// Quotes and what they rest on, the same in the conversation and on the page of the documentation.
export { CitationList, CitationMark, Origin, PlaceTitle } from './Citation';
export { QuotedAnswer } from './QuotedAnswer';
export { Preview, QuotedText } from './QuotedText';
export { type Answer, type Cited, holdsPlaces, readAnswer } from './quoted';
