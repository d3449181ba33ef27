export class ReadOnlyFolders {
  constructor(roots: string[])
}
