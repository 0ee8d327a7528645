namespace FastAlign.IO.Datasets;

/// <summary>Splits a UTF-8 stream into lines without decoding it: memory is one line, whatever the file's size. A byte order mark is skipped.</summary>
internal sealed class LineReader(Stream stream)
{
    private const int FirstCapacity = 1 << 16;

    private byte[] _buffer = new byte[FirstCapacity];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>Number of the line read last, from 1.</summary>
    public int LineNumber { get; private set; }

    /// <summary>The next line without its LF or CRLF; it lives until the next call. False at the end.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (found >= 0 || (_isAtEnd && _start < _end))
            {
                int length = found >= 0 ? searched + found : _end - _start;
                line = _buffer.AsSpan(_start, length);
                _start += found >= 0 ? length + 1 : length;
                LineNumber++;
                line = line[(LineNumber == 1 ? DataFile.ByteOrderMarkLength(line) : 0)..];
                line = line.EndsWith("\r"u8) ? line[..^1] : line;
                return true;
            }

            if (_isAtEnd)
            {
                line = default;
                return false;
            }

            searched = _end - _start;
            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, checked(_buffer.Length * 2));
        }

        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _isAtEnd = read == 0;
    }
}
