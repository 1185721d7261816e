import { BaseProtocol } from "../../core/protocols.ts";

/** Whom the pipes of a process tell. */
export interface PipeOwner {
  _pipeDataReceived(fd: number, data: Uint8Array): void;
  _pipeConnectionLost(fd: number, error: unknown): void;
  _pauseWriting(): void;
  _resumeWriting(): void;
}

/** The protocol of a process's stdin, unless somebody sets another. */
export class WritePipeProtocol extends BaseProtocol {
  protected readonly owner: PipeOwner;
  protected readonly fd: number;

  constructor(owner: PipeOwner, fd: number) {
    super();
    this.owner = owner;
    this.fd = fd;
  }

  override connectionLost(error: unknown): void {
    this.owner._pipeConnectionLost(this.fd, error);
  }

  override pauseWriting(): void {
    this.owner._pauseWriting();
  }

  override resumeWriting(): void {
    this.owner._resumeWriting();
  }
}

/** The protocol of a process's output. */
export class ReadPipeProtocol extends WritePipeProtocol {
  dataReceived(data: Uint8Array): void {
    this.owner._pipeDataReceived(this.fd, data);
  }

  eofReceived(): void {}
}
