using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// Compares two models of different tokenizers stretch by stretch. The mass that a side gives to a stretch of several tokens is the distribution of one of
/// its rows times the probabilities of the data's tokens in the others, each at least 1e-8 (see <see cref="MergeStrategy"/>). One micro-batch at a time.
/// </summary>
/// <remarks>
/// With <c>P = c p</c> such masses and <c>S = sum_v P_v dD/dP_v</c>: <c>dz_v = P_v dD/dP_v - p_v S</c> in the row whose distribution counts, and S by the
/// log-prob of the data's token in each of the others. Rows are taken a few at a time; never [R, V].
/// </remarks>
/// <param name="distance">Of two distributions.</param>
/// <param name="merge">Which row of a stretch counts whole.</param>
/// <param name="student">Scale, cap and temperature of the policy's logits.</param>
/// <param name="teacher">Scale, cap and temperature of the teacher's logits.</param>
public sealed class UniversalHead(UniversalDistance distance, MergeStrategy merge, HeadSpec student, HeadSpec teacher)
{
    private static readonly double LeastLogProb = Math.Log(FlooredDivergence<ScalarDouble>.Floor);

    private readonly UniversalSide _student = new(student);
    private readonly UniversalSide _teacher = new(teacher);
    private readonly int[] _index = new int[UniversalSide.Tile];
    private TokenGroup[] _groups = [];
    private UniversalValue[] _values = [];
    private double[] _dMasses = [];
    private double[] _dLogProbs = [];
    private int _count;

    /// <summary>Distance of each stretch of the last forward, in the order given.</summary>
    public ReadOnlySpan<UniversalValue> Values => _values.AsSpan(0, _count);

    /// <summary>Fills in the distance of each stretch at the row that speaks for it, and 0 elsewhere.</summary>
    /// <param name="studentRows">Rows of the policy, without log-normalisers.</param>
    /// <param name="studentTargets">[R] I32</param>
    /// <param name="teacherRows">Rows of the teacher, without log-normalisers.</param>
    /// <param name="teacherTargets">[rows of the teacher] I32</param>
    /// <param name="groups">Stretches, by rows of the micro-batch on either side; a row is in one at most.</param>
    /// <param name="arena">What backward needs stays here.</param>
    /// <param name="distances">[R] output.</param>
    public void Forward(
        in VocabularyRows studentRows,
        Tensor studentTargets,
        in VocabularyRows teacherRows,
        Tensor teacherTargets,
        ReadOnlySpan<TokenGroup> groups,
        Arena arena,
        Span<double> distances)
    {
        Keep(groups);
        _student.Begin(studentRows, studentTargets, arena);
        _teacher.Begin(teacherRows, teacherTargets, arena);
        distances.Clear();
        for (int first = 0; first < _count; first += UniversalSide.Tile)
        {
            long mark = arena.Mark();
            int k = Read(first, arena, out _, out _);
            for (int i = 0; i < k; i++)
            {
                _values[first + i] = Compare(first + i, i, []);
                distances[_groups[first + i].StudentRow(merge)] = _values[first + i].Value;
            }

            arena.Release(mark);
        }
    }

    /// <summary>The gradient of what <see cref="Forward"/> computed.</summary>
    /// <param name="dDistances">[R]</param>
    /// <param name="gradients">Of the policy's rows; <see cref="Write.Assign"/> of X.</param>
    /// <param name="arena">Scratch; left as it was found.</param>
    public void Backward(ReadOnlySpan<double> dDistances, in VocabularyGradients gradients, Arena arena)
    {
        Backend backend = arena.Backend;
        backend.Ops.Fill(gradients.X, 0);
        Reserve(dDistances.Length, _student.Rows.W.Rows);
        Span<double> dLogProbs = _dLogProbs.AsSpan(0, dDistances.Length);
        dLogProbs.Clear();
        bool isMerged = false;
        for (int first = 0; first < _count; first += UniversalSide.Tile)
        {
            long mark = arena.Mark();
            int k = Read(first, arena, out Tensor x, out Tensor index);
            for (int i = 0; i < k; i++)
            {
                TokenGroup group = _groups[first + i];
                double slopeSum = Differentiate(first + i, i, dDistances[group.StudentRow(merge)]);
                isMerged |= group.StudentCount > 1;
                for (int row = group.Student; row < group.Student + group.StudentCount; row++)
                {
                    dLogProbs[row] = row != group.StudentRow(merge) && _student.LogProbs[row] >= LeastLogProb ? slopeSum : 0;
                }
            }

            AddTile(k, x, index, gradients, arena);
            arena.Release(mark);
        }

        AddLogProbs(isMerged, dLogProbs, gradients with { Write = Write.Add }, arena);
    }

    /// <summary>Distributions of the next rows on both sides: k of them, the policy's rows [k, C], and which they are [k].</summary>
    private int Read(int first, Arena arena, out Tensor x, out Tensor index)
    {
        int k = Math.Min(UniversalSide.Tile, _count - first);
        for (int i = 0; i < k; i++)
        {
            _index[i] = _groups[first + i].TeacherRow(merge);
        }

        _teacher.Read(Upload(k, arena), arena);
        for (int i = 0; i < k; i++)
        {
            _index[i] = _groups[first + i].StudentRow(merge);
        }

        index = Upload(k, arena);
        x = _student.Read(index, arena);
        return k;
    }

    private Tensor Upload(int k, Arena arena)
    {
        Tensor index = arena.Take(new Shape(k), DType.I32);
        arena.Backend.Upload<int>(_index.AsSpan(0, k), index);
        return index;
    }

    /// <summary>Makes masses of the distributions of a group, and compares them.</summary>
    private UniversalValue Compare(int g, int i, Span<double> dMasses)
    {
        TokenGroup group = _groups[g];
        Scale(_student, i, group.Student, group.StudentCount, group.StudentRow(merge));
        Scale(_teacher, i, group.Teacher, group.TeacherCount, group.TeacherRow(merge));
        return distance.Evaluate(_student.Masses(i), _teacher.Masses(i), dMasses);
    }

    private static void Scale(UniversalSide side, int i, int start, int count, int own)
    {
        double logFactor = 0;
        for (int row = start; row < start + count; row++)
        {
            logFactor += row == own ? 0 : Math.Max(side.LogProbs[row], LeastLogProb);
        }

        double factor = Math.Exp(logFactor);
        foreach (ref double mass in side.Masses(i))
        {
            mass *= factor;
        }
    }

    /// <summary>Derivatives by the products of a row with the output embedding, times <paramref name="dDistance"/>; gives S.</summary>
    private double Differentiate(int g, int i, double dDistance)
    {
        Span<double> masses = _student.Masses(i);
        Span<double> dMasses = _dMasses.AsSpan(i * masses.Length, masses.Length);
        if (dDistance == 0)
        {
            dMasses.Clear();
            return 0;
        }

        Compare(g, i, dMasses);
        double total = 0;
        double slopeSum = 0;
        for (int v = 0; v < masses.Length; v++)
        {
            dMasses[v] *= dDistance * masses[v];
            total += masses[v];
            slopeSum += dMasses[v];
        }

        if (total == 0)
        {
            // So many improbable tokens that their product is below the least double.
            dMasses.Clear();
            return 0;
        }

        // The masses of a row are its probabilities times one factor, their sum.
        ReadOnlySpan<double> slopes = _student.Slopes(i);
        for (int v = 0; v < masses.Length; v++)
        {
            dMasses[v] = (dMasses[v] - (masses[v] / total * slopeSum)) * slopes[v];
        }

        return slopeSum;
    }

    private void AddTile(int k, Tensor x, Tensor index, in VocabularyGradients gradients, Arena arena)
    {
        IOps ops = arena.Backend.Ops;
        int v = _student.Rows.W.Rows;
        Tensor dProducts = arena.Take(new Shape(k, v));
        arena.Backend.UploadReal(_dMasses.AsSpan(0, k * v), dProducts);
        Tensor dx = arena.Take(x.Shape);
        ops.LinearBackwardInput(dProducts, _student.Rows.W, Write.Assign, dx);
        ops.ScatterRows(dx, index, Write.Add, gradients.X);
        if (!gradients.W.IsNone)
        {
            ops.LinearBackwardWeight(x, dProducts, gradients.W, gradients.Bias);
        }
    }

    private void AddLogProbs(bool isMerged, ReadOnlySpan<double> dLogProbs, in VocabularyGradients gradients, Arena arena)
    {
        long mark = arena.Mark();
        Tensor derivatives = arena.Take(_student.Targets.Shape);
        if (isMerged)
        {
            arena.Backend.UploadReal(dLogProbs, derivatives);
            arena.Backend.Ops.SelectedLogProbsBackward(_student.Rows, student, _student.Targets, derivatives, gradients);
        }

        arena.Release(mark);
    }

    private void Keep(ReadOnlySpan<TokenGroup> groups)
    {
        if (_groups.Length < groups.Length)
        {
            (_groups, _values) = (new TokenGroup[groups.Length], new UniversalValue[groups.Length]);
        }

        groups.CopyTo(_groups);
        _count = groups.Length;
    }

    private void Reserve(int rows, int vocabulary)
    {
        if (_dLogProbs.Length < rows)
        {
            _dLogProbs = new double[rows];
        }

        if (_dMasses.Length < UniversalSide.Tile * vocabulary)
        {
            _dMasses = new double[UniversalSide.Tile * vocabulary];
        }
    }
}
