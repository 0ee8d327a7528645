namespace FastAlign.Cpu;

/// <summary>Work over an index range; a struct, so that the loop is compiled for it and nothing is allocated.</summary>
public interface IParallelAction
{
    /// <param name="index">Which piece of the work.</param>
    /// <param name="thread">Which member of the team runs it, 0 to Threads - 1: for scratch memory only, never for results.</param>
    void Run(int index, int thread);
}

/// <summary>
/// Persistent workers that share loops. Each member begins with its own stretch of the indices, so that in loop after loop it finds the rows it wrote in its
/// own cache, and then helps with the stretches of others, one index at a time: pieces may be uneven. What a piece computes must depend on its index
/// alone. Then results do not depend on the number of threads.
/// </summary>
/// <remarks>Workers spin for a short while after a loop (the next one usually follows within microseconds), then sleep.</remarks>
public sealed class ThreadTeam : IDisposable
{
    private const int SpinsBeforeSleep = 2000;

    /// <summary>Integers in two cache lines: counters of different members do not share one.</summary>
    private const int CacheLine = 32;

    private readonly Thread[] _workers;
    private readonly SemaphoreSlim[] _wake;
    private readonly int[] _sleeping;
    private readonly Lock _entry = new();
    private Job? _job;
    private int _generation;
    private readonly int[] _next;
    private int _count;
    private int _busy;
    private readonly bool _hasCoreForEach;
    private int _callerCore;
    private volatile bool _isStopping;
    private volatile Exception? _failure;

    /// <param name="threads">Members, the calling thread included; at least 1.</param>
    public ThreadTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        Threads = threads;
        _hasCoreForEach = threads <= Environment.ProcessorCount;
        _next = new int[threads * CacheLine];
        _workers = new Thread[threads - 1];
        _wake = new SemaphoreSlim[threads - 1];
        _sleeping = new int[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            int member = i + 1;
            _wake[i] = new SemaphoreSlim(0);
            _workers[i] = new Thread(() => Work(member)) { IsBackground = true, Name = $"fastalign-{member}" };
            _workers[i].Start();
        }
    }

    public int Threads { get; }

    /// <summary>Runs <paramref name="action"/> for every index in [0, <paramref name="count"/>) and returns when all are done. Not reentrant.</summary>
    public void For<TAction>(int count, ref TAction action)
        where TAction : struct, IParallelAction
    {
        if (count <= 0)
        {
            return;
        }

        if (count == 1 || Threads == 1)
        {
            for (int i = 0; i < count; i++)
            {
                action.Run(i, 0);
            }

            return;
        }

        lock (_entry)
        {
            Job<TAction> job = Job<TAction>.ForThread();
            job.Action = action;
            _failure = null;
            _count = count;
            for (int member = 0; member < Threads; member++)
            {
                _next[member * CacheLine] = Begin(member);
            }

            _busy = _workers.Length;
            _job = job;
            _callerCore = ProcessorCore.Current;
            Interlocked.Increment(ref _generation);
            for (int i = 0; i < _workers.Length; i++)
            {
                if (Interlocked.Exchange(ref _sleeping[i], 0) == 1)
                {
                    _wake[i].Release();
                }
            }

            Share(job, 0);
            SpinWait spin = default;
            while (Volatile.Read(ref _busy) > 0)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            action = job.Action;
            if (_failure is { } failure)
            {
                throw new InvalidOperationException("a member of the thread team failed", failure);
            }
        }
    }

    public void Dispose()
    {
        _isStopping = true;
        Interlocked.Increment(ref _generation);
        for (int i = 0; i < _workers.Length; i++)
        {
            _wake[i].Release();
        }

        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i].Join();
            _wake[i].Dispose();
        }
    }

    private void Share(Job job, int member)
    {
        try
        {
            for (int i = 0; i < Threads; i++)
            {
                int owner = (member + i) % Threads;
                int end = Begin(owner + 1);
                int index;
                while ((index = Interlocked.Increment(ref _next[owner * CacheLine]) - 1) < end)
                {
                    job.Run(index, member);
                }
            }
        }
        catch (Exception failure)
        {
            // The rest of the loop is abandoned; For rethrows on the calling thread.
            for (int owner = 0; owner < Threads; owner++)
            {
                Volatile.Write(ref _next[owner * CacheLine], int.MaxValue / 2);
            }

            _failure = failure;
        }
    }

    /// <summary>First index of a member's stretch.</summary>
    private int Begin(int member) => (int)((long)_count * member / Threads);

    private void Work(int member)
    {
        int seen = 0;
        while (true)
        {
            WaitBeyond(seen, member - 1);
            if (_isStopping)
            {
                return;
            }

            seen = Volatile.Read(ref _generation);
            if (_hasCoreForEach && ProcessorCore.Current == _callerCore)
            {
                ProcessorCore.Leave(_callerCore);
            }

            Share(_job!, member);
            Interlocked.Decrement(ref _busy);
        }
    }

    private void WaitBeyond(int seen, int slot)
    {
        SpinWait spin = default;
        for (int i = 0; i < SpinsBeforeSleep; i++)
        {
            if (Volatile.Read(ref _generation) != seen)
            {
                return;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }

        Interlocked.Exchange(ref _sleeping[slot], 1);
        if (Volatile.Read(ref _generation) != seen)
        {
            // The wake-up may already be on its way: take it if it is, so that the semaphore stays at zero.
            if (Interlocked.Exchange(ref _sleeping[slot], 0) == 0)
            {
                _wake[slot].Wait();
            }

            return;
        }

        _wake[slot].Wait();
    }

    private abstract class Job
    {
        public abstract void Run(int index, int thread);
    }

    private sealed class Job<TAction> : Job
        where TAction : struct, IParallelAction
    {
        [ThreadStatic]
        private static Job<TAction>? _instance;

        public TAction Action;

        public static Job<TAction> ForThread() => _instance ??= new Job<TAction>();

        public override void Run(int index, int thread) => Action.Run(index, thread);
    }
}
