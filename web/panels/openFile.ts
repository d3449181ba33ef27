import { page } from '../store/stores.ts'

/** Reads a file that the person chose or dropped, and shows it. */
export async function openDroppedFile(file: File): Promise<void> {
  page.openFile(file.name, await file.text())
}
