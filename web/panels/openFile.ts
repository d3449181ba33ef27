import { page } from '../store/stores.ts'

/** Reads a file that the person chose or dropped, and shows it. */
export const openDroppedFile = (file: File): Promise<void> => page.openFile(file)
