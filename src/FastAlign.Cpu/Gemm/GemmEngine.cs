namespace FastAlign.Cpu.Gemm;

/// <summary>
/// Products of matrices on a team of threads: <c>c[m, n] = start + sum_k left[m, k] right[n, k]</c>, then the epilogue.
/// </summary>
/// <remarks>
/// <para>
/// The left factor (activations) is packed once for all; a piece of work is one strip of columns, of one panel or a few, against a group of rows. Its
/// thread packs the panels span by span, in cache, and runs the register tile over all rows of the group:
/// </para>
/// <code>
///            a right panel, span x Columns (own cache, each weight read from memory once)
///            ┌──┐
///   left     ├──┤ span          one element: one chain, span after span
/// ┌──┬──┬──┐ ├──┤
/// │  │  │  │ └──┘
/// ├──┼──┼──┤ ┌──┐
/// │  │  │  │ │  │ partial sums: in the output where it may hold them, else in the thread's tiles
/// └──┴──┴──┘ └──┘
/// </code>
/// <para>A few rows against weights (decoding) take <see cref="MultiplyFewRows{TStored, TRows}"/>, which reads the weights where they are.</para>
/// <para>Storing and reloading a partial sum in F32 is exact, so the spans do not show in the bits; neither do the number of rows, the group
/// borders, the threads, nor the instruction set among those with fused multiply-add.</para>
/// </remarks>
internal sealed unsafe class GemmEngine
{
    /// <summary>Steps per packed panel: 384 x 32 floats of the right and 384 x 12 of the left share the second-level cache with the sums.</summary>
    internal const int DepthSpan = 384;

    /// <summary>Steps of a few rows that one thread turns on their side at a time.</summary>
    private const int TurnSpan = 256;

    /// <summary>Rows per pass; the partial sums of one panel (128 KiB at 32 columns) stay in the second-level cache.</summary>
    private const int MaxRows = 1024;

    private const int MaxColumns = 32;
    private const int PanelsPerStrip = 4;
    private const int PackedFloats = 1 << 20;

    /// <summary>Steps up to which at least 256 rows fit the packed left factor.</summary>
    private const int LongDepth = 4096;

    /// <summary>Elements of a right factor that any second-level cache holds.</summary>
    private const int SmallFactor = 1 << 16;

    private const int PiecesPerThread = 4;
    private const int MinTilesPerPiece = 4;

    private readonly ThreadTeam _team;
    private readonly HostIsa _isa;
    private readonly float* _left;
    private readonly float* _scratch;

    public GemmEngine(ThreadTeam team, HostIsa isa, Workspace workspace)
    {
        (_team, _isa) = (team, isa);
        _left = workspace.Take<float>(PackedFloats);
        _scratch = workspace.Take<float>((long)team.Threads * StripScratch.Floats);
    }

    /// <summary>Multiplies; see the class for the promise about bits.</summary>
    /// <param name="left">[M, K].</param>
    /// <param name="right">[N, K].</param>
    /// <param name="m">Rows of the output.</param>
    /// <param name="n">Columns of the output.</param>
    /// <param name="k">Steps of each sum.</param>
    /// <param name="start">Where the chains start.</param>
    /// <param name="epilogue">Empty unless the chains start from zero.</param>
    /// <param name="c">[M, N].</param>
    /// <param name="stride">Elements between rows of <paramref name="c"/>.</param>
    public void Multiply(in Operand left, in Operand right, int m, int n, int k, ChainStart start, in Epilogue epilogue, float* c, long stride)
    {
        if (IsOfFewRows(left, right, m, k, start))
        {
            if (right.IsBrainFloat)
            {
                MultiplyUnpacked<StoredBrainFloat>(left, right, m, n, k, epilogue, c, stride);
            }
            else
            {
                MultiplyUnpacked<StoredSingle>(left, right, m, n, k, epilogue, c, stride);
            }
        }
        else if (k > LongDepth && epilogue.IsEmpty)
        {
            // Very long sums would leave room for few packed rows at a time: the output carries the chain from one stretch to the next.
            for (int k0 = 0; k0 < k; k0 += LongDepth)
            {
                MultiplyOnTile(left.From(k0), right.From(k0), m, n, Math.Min(LongDepth, k - k0), k0 == 0 ? start : ChainStart.Output, epilogue, c, stride);
            }
        }
        else
        {
            MultiplyOnTile(left, right, m, n, k, start, epilogue, c, stride);
        }
    }

    private void MultiplyOnTile(in Operand left, in Operand right, int m, int n, int k, ChainStart start, in Epilogue epilogue, float* c, long stride)
    {
        switch (_isa)
        {
            case HostIsa.Avx512:
                Multiply<Avx512Tile>(left, right, m, n, k, start, epilogue, c, stride);
                break;
            case HostIsa.Avx2:
                Multiply<Avx2Tile>(left, right, m, n, k, start, epilogue, c, stride);
                break;
            default:
                Multiply<ScalarTile>(left, right, m, n, k, start, epilogue, c, stride);
                break;
        }
    }

    /// <summary>Rows so few that reading the weights once, where they are, is most of the work.</summary>
    private bool IsOfFewRows(in Operand left, in Operand right, int m, int k, ChainStart start)
    {
        int limit = _isa switch
        {
            HostIsa.Avx512 => MultiplyFewRows.MaxRows,
            HostIsa.Avx2 => MultiplyFewRows.MaxRows / 2,
            _ => 0,
        };
        bool fits = (long)(m + MultiplyFewRows.MaxLanes) * k <= PackedFloats;
        return m <= limit && fits && left.IsDepthContiguous && right.IsDepthContiguous && start == ChainStart.Zero;
    }

    private void MultiplyUnpacked<TStored>(in Operand left, in Operand right, int m, int n, int k, in Epilogue epilogue, float* c, long stride)
        where TStored : struct, IStoredElement
    {
        if (m == 1 && _isa == HostIsa.Avx512)
        {
            var row = new MultiplyRow<TStored>((float*)left.Origin, (byte*)right.Origin, right.Stride * TStored.Bytes, n, k, epilogue, c);
            _team.For((n + MultiplyRow.PieceOutputs - 1) / MultiplyRow.PieceOutputs, ref row);
        }
        else if (m <= EightRows.Count || _isa == HostIsa.Avx2)
        {
            MultiplyUnpacked<TStored, EightRows>(left, right, m, n, k, epilogue, c, stride);
        }
        else
        {
            MultiplyUnpacked<TStored, SixteenRows>(left, right, m, n, k, epilogue, c, stride);
        }
    }

    private void MultiplyUnpacked<TStored, TRows>(in Operand left, in Operand right, int m, int n, int k, in Epilogue epilogue, float* c, long stride)
        where TStored : struct, IStoredElement
        where TRows : struct, IRowLanes<TRows>
    {
        var turn = new TurnRows<TRows>(left, m, k, _left);
        _team.For(turn.Pieces, ref turn);
        var multiply = new MultiplyFewRows<TStored, TRows>(
            _left, (byte*)right.Origin, right.Stride * TStored.Bytes, m, n, k, epilogue, _scratch, c, stride);
        _team.For((n + MultiplyFewRows.PieceOutputs - 1) / MultiplyFewRows.PieceOutputs, ref multiply);
    }

    private void Multiply<TTile>(in Operand left, in Operand right, int m, int n, int k, ChainStart start, in Epilogue epilogue, float* c, long stride)
        where TTile : struct, IGemmTile
    {
        int tilesPerPass = Math.Min(MaxRows, PackedFloats / Math.Max(k, 1)) / TTile.Rows;
        bool isPacked = tilesPerPass > 0;
        int rowsPerPass = Math.Max(tilesPerPass, 1) * TTile.Rows;
        for (int row = 0; row < m; row += rowsPerPass)
        {
            int rows = Math.Min(rowsPerPass, m - row);
            int tiles = (rows + TTile.Rows - 1) / TTile.Rows;
            int stripColumns = (right.IsDepthContiguous ? 1 : PanelsOfStrip((n + TTile.Columns - 1) / TTile.Columns)) * TTile.Columns;
            int strips = (n + stripColumns - 1) / stripColumns;
            if (isPacked)
            {
                var pack = new PackLeft<TTile>(left, row, rows, k, _left);
                _team.For(tiles, ref pack);
            }

            // More pieces than strips only when there are too few strips to keep the team busy: each group packs its panels again.
            // Or when the right factor is small: then each member multiplies the rows that it wrote and will read.
            int wanted = _team.Threads == 1 ? 1 : ((PiecesPerThread * _team.Threads) + strips - 1) / strips;
            if ((long)n * k <= SmallFactor)
            {
                wanted = Math.Max(wanted, _team.Threads);
            }

            int groups = Math.Clamp(wanted, 1, Math.Max(tiles / MinTilesPerPiece, 1));
            var multiply = new MultiplyStrip<TTile>
            {
                Left = left,
                Right = right,
                Epilogue = epilogue,
                Start = start,
                Row = row,
                Rows = rows,
                Columns = n,
                Depth = k,
                TilesPerGroup = (tiles + groups - 1) / groups,
                StripColumns = stripColumns,
                PackedLeft = isPacked ? _left : null,
                Scratch = _scratch,
                C = c,
                Stride = stride,
            };
            groups = (tiles + multiply.TilesPerGroup - 1) / multiply.TilesPerGroup;
            _team.For(groups * strips, ref multiply);
        }
    }

    /// <summary>Panels of a strip that leave the busiest member of the team least to do; of equal ones the most, since a stored row is read in longer stretches.</summary>
    private int PanelsOfStrip(int panels)
    {
        int best = PanelsPerStrip;
        int least = int.MaxValue;
        for (int width = PanelsPerStrip; width > 0 && _team.Threads > 1; width--)
        {
            int strips = (panels + width - 1) / width;
            int share = (strips + _team.Threads - 1) / _team.Threads * width;
            if (share < least)
            {
                (best, least) = (width, share);
            }
        }

        return best;
    }

    private readonly struct PackLeft<TTile>(Operand left, int row, int rows, int depth, float* packed) : IParallelAction
        where TTile : struct, IGemmTile
    {
        public void Run(int index, int thread)
        {
            int first = index * TTile.Rows;
            Packing.Pack(left, row + first, Math.Min(TTile.Rows, rows - first), 0, depth, TTile.Rows, packed + ((long)first * depth));
        }
    }

    /// <summary>Rows side by side, a vector of them after another, each [depth, lanes].</summary>
    private readonly struct TurnRows<TRows>(Operand rows, int count, int depth, float* turned) : IParallelAction
        where TRows : struct, IRowLanes<TRows>
    {
        private int Spans => (depth + TurnSpan - 1) / TurnSpan;

        public int Pieces => (count + TRows.Count - 1) / TRows.Count * Spans;

        public void Run(int index, int thread)
        {
            int row = index / Spans * TRows.Count;
            int step = index % Spans * TurnSpan;
            float* to = turned + ((long)row * depth) + (step * TRows.Count);
            Packing.Pack(rows, row, Math.Min(TRows.Count, count - row), step, Math.Min(TurnSpan, depth - step), TRows.Count, to);
        }
    }

    /// <summary>What one thread needs beside the shared operands.</summary>
    internal static class StripScratch
    {
        public const int Columns = PanelsPerStrip * MaxColumns;
        public const int Panels = DepthSpan * Columns;
        public const int Left = DepthSpan * 12;
        public const int Sums = (MaxRows + 12) * Columns;
        public const int Floats = Panels + Left + Sums;
    }
}
