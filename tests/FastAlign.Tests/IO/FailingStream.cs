namespace FastAlign.Tests.IO;

/// <summary>A disk that is full after a number of bytes.</summary>
internal sealed class FailingStream(Stream inner, long quotaBytes) : Stream
{
    private long _left = quotaBytes;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => inner.Length;

    public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count)
    {
        _left -= count;
        if (_left < 0)
        {
            throw new IOException("No space left on device");
        }

        inner.Write(buffer, offset, count);
    }
}
