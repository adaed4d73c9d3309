// placeholder
export function AssistantPage() { return null; }
