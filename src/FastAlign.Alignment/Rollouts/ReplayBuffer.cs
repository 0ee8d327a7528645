namespace FastAlign.Alignment;

/// <summary>
/// The best-scored rollouts seen so far, at most <see cref="Capacity"/>: a binary heap with the lowest score on top, which makes room for a higher one. Used
/// to fill a batch whose own groups carry no signal (TRL's GRPO with replay buffer).
/// </summary>
/// <remarks>Order inside the heap is that of Python's <c>heapq</c>, so that equal runs keep equal buffers. A score equal to the lowest does not get in.</remarks>
/// <typeparam name="T">A rollout, or an index of one.</typeparam>
public sealed class ReplayBuffer<T>
{
    private readonly List<(double Score, T Item)> _heap;

    /// <param name="capacity">Most entries, at least 1.</param>
    public ReplayBuffer(int capacity)
    {
        OptionRange.Require(capacity >= 1, "replay_buffer_size", "at least 1", capacity);
        Capacity = capacity;
        _heap = new List<(double, T)>(capacity);
    }

    public int Capacity { get; }

    /// <summary>Scores and items in heap order: the lowest first, children of entry i at 2i + 1 and 2i + 2.</summary>
    public IReadOnlyList<(double Score, T Item)> Entries => _heap;

    /// <summary>Offers an item. Returns whether it got in.</summary>
    /// <param name="score">How much it teaches, at least 0 where <see cref="Probability"/> is used.</param>
    /// <param name="item">The item.</param>
    public bool Add(double score, T item)
    {
        if (_heap.Count < Capacity)
        {
            _heap.Add((score, item));
            Rise(_heap.Count - 1, 0);
            return true;
        }

        if (!(score > _heap[0].Score))
        {
            return false;
        }

        _heap[0] = (score, item);
        Sink();
        return true;
    }

    /// <summary>Probability with which entry <paramref name="index"/> is drawn: its share of all scores.</summary>
    public double Probability(int index)
    {
        double total = 0;
        foreach ((double score, _) in _heap)
        {
            total += score;
        }

        return _heap[index].Score / total;
    }

    /// <summary>Moves an entry towards the top while it is below its parent, not above <paramref name="top"/>.</summary>
    private void Rise(int index, int top)
    {
        (double Score, T Item) entry = _heap[index];
        while (index > top && entry.Score < _heap[(index - 1) / 2].Score)
        {
            _heap[index] = _heap[(index - 1) / 2];
            index = (index - 1) / 2;
        }

        _heap[index] = entry;
    }

    /// <summary>Moves the top to a leaf along the smaller children, then back up: fewer comparisons than stopping on the way, and heapq's order.</summary>
    private void Sink()
    {
        (double Score, T Item) entry = _heap[0];
        int index = 0;
        for (int child = 1; child < _heap.Count; child = (2 * index) + 1)
        {
            int right = child + 1;
            int smaller = right < _heap.Count && !(_heap[child].Score < _heap[right].Score) ? right : child;
            _heap[index] = _heap[smaller];
            index = smaller;
        }

        _heap[index] = entry;
        Rise(index, 0);
    }
}
