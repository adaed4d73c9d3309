// placeholder
export function SidePanel(_: { onClose: () => void }) { return null; }
