using System.Runtime.InteropServices;
using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>Builds a <see cref="TokenBatch"/> segment by segment and sequence by sequence.</summary>
public sealed class TokenBatchBuilder
{
    private readonly List<int> _ids = [];
    private readonly List<int> _positions = [];
    private readonly List<Segment> _segments = [];
    private readonly List<int> _sources = [];
    private readonly List<int> _targets = [];
    private readonly List<int> _rowStarts = [0];
    private int _maxLength;

    /// <summary>Appends a segment and returns its index.</summary>
    /// <param name="ids">Its tokens.</param>
    /// <param name="parent">The segment that precedes it, or -1.</param>
    public int AddSegment(ReadOnlySpan<int> ids, int parent = -1)
    {
        if (parent >= _segments.Count || parent < -1)
        {
            throw new ShapeException($"[batch] parent {parent} of segment {_segments.Count}");
        }

        int position = parent < 0 ? 0 : EndPosition(parent);
        _segments.Add(new Segment(_ids.Count, ids.Length, parent));
        for (int i = 0; i < ids.Length; i++)
        {
            _ids.Add(ids[i]);
            _positions.Add(position + i);
        }

        _maxLength = Math.Max(_maxLength, position + ids.Length);
        return _segments.Count - 1;
    }

    /// <summary>Scores one token of a segment: the token before it on the path predicts it. The first token of a root has no predictor.</summary>
    /// <param name="segment">Index of the segment.</param>
    /// <param name="offset">Which of its tokens is the target.</param>
    public void Score(int segment, int offset)
    {
        Segment target = _segments[segment];
        if ((uint)offset >= (uint)target.Length)
        {
            throw new ShapeException($"[batch] token {offset} of segment {segment} with {target.Length} tokens");
        }

        _sources.Add(offset > 0 ? target.Start + offset - 1 : LastTokenBefore(segment));
        _targets.Add(_ids[target.Start + offset]);
    }

    /// <summary>Scores all tokens of a segment from <paramref name="offset"/> on.</summary>
    public void ScoreFrom(int segment, int offset = 0)
    {
        for (int i = offset; i < _segments[segment].Length; i++)
        {
            Score(segment, i);
        }
    }

    /// <summary>Adds a scored row at a token itself, for heads that judge what has been read so far: the target is not looked at.</summary>
    /// <param name="segment">Index of the segment.</param>
    /// <param name="offset">Which of its tokens; -1 is the last one before the segment on its path.</param>
    public void ScoreAt(int segment, int offset)
    {
        Segment at = _segments[segment];
        if (offset < -1 || offset >= at.Length)
        {
            throw new ShapeException($"[batch] token {offset} of segment {segment} with {at.Length} tokens");
        }

        int token = offset < 0 ? LastTokenBefore(segment) : at.Start + offset;
        AddRow(token, _ids[token]);
    }

    /// <summary>Adds a scored row by token index: the hidden state of <paramref name="source"/> predicts <paramref name="target"/>.</summary>
    public void AddRow(int source, int target)
    {
        if ((uint)source >= (uint)_ids.Count)
        {
            throw new ShapeException($"[batch] source {source} of {_ids.Count} tokens");
        }

        _sources.Add(source);
        _targets.Add(target);
    }

    /// <summary>Closes a sequence: the rows scored since the last call belong to it.</summary>
    public void EndSequence() => _rowStarts.Add(_sources.Count);

    public TokenBatch Build()
    {
        ReadOnlySpan<Segment> segments = CollectionsMarshal.AsSpan(_segments);
        var runs = new QueryRun[segments.Length];
        for (int s = 0; s < runs.Length; s++)
        {
            runs[s] = new QueryRun(segments[s].Start, segments[s].Length, s, 0);
        }

        return new TokenBatch([.. _ids], [.. _positions], new AttentionLayout(segments, runs), [.. _sources], [.. _targets], [.. _rowStarts])
        {
            MaxLength = _maxLength,
        };
    }

    private int EndPosition(int segment) =>
        _segments[segment].Length + (_segments[segment].Parent < 0 ? 0 : EndPosition(_segments[segment].Parent));

    private int LastTokenBefore(int segment)
    {
        for (int s = _segments[segment].Parent; s >= 0; s = _segments[s].Parent)
        {
            if (_segments[s].Length > 0)
            {
                return _segments[s].Start + _segments[s].Length - 1;
            }
        }

        throw new ShapeException($"[batch] the first token of segment {segment} has no token before it that could predict it");
    }
}
