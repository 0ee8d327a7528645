using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// The divergence over a few tokens of one row, in double. <c>s_k</c> and <c>t_k</c> are the log-probs of student and teacher; with a tail, one more token
/// has the probability that is left, <c>log(1 - sum e^s_k)</c>; without, both sides are renormalised to the tokens they have.
/// </summary>
/// <param name="capacity">Most tokens of a row.</param>
internal sealed class SupportTerms(int capacity)
{
    // TRL's bound of log sum e^s_k: keeps the logarithm of what is left finite.
    private const double MostLogMass = -1e-7;

    private readonly double[] _student = new double[capacity + 1];
    private readonly double[] _teacher = new double[capacity + 1];
    private readonly double[] _slope = new double[capacity + 1];
    private readonly int[] _places = new int[capacity];

    public int Capacity => capacity;

    /// <summary>The divergence, and its derivative by each of the student's log-probs.</summary>
    /// <param name="beta">See <see cref="Core.DivergenceSpec"/>.</param>
    /// <param name="hasTail">Whether what is left over counts.</param>
    /// <param name="ids">Tokens; one that occurred before in the row does not count again.</param>
    /// <param name="student">s</param>
    /// <param name="teacher">t</param>
    /// <param name="slopes">Assigned; 0 for repeated tokens.</param>
    public double Evaluate(double beta, bool hasTail, ReadOnlySpan<int> ids, ReadOnlySpan<double> student, ReadOnlySpan<double> teacher, Span<double> slopes)
    {
        int count = 0;
        slopes.Clear();
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[..i].Contains(ids[i]))
            {
                continue;
            }

            (_places[count], _student[count], _teacher[count]) = (i, student[i], teacher[i]);
            count++;
        }

        double studentMass = LogSumExp(_student.AsSpan(0, count));
        double teacherMass = LogSumExp(_teacher.AsSpan(0, count));
        int terms = hasTail ? count + 1 : count;
        if (hasTail)
        {
            _student[count] = LogRest(studentMass);
            _teacher[count] = LogRest(teacherMass);
        }
        else
        {
            Shift(_student.AsSpan(0, count), studentMass);
            Shift(_teacher.AsSpan(0, count), teacherMass);
        }

        double value = Sum(beta, terms);
        Pull(hasTail, count, studentMass, slopes);
        return value;
    }

    private double Sum(double beta, int terms) => beta switch
    {
        0 => Sum(default(ForwardKl<Dual<ScalarDouble>>), terms),
        1 => Sum(default(ReverseKl<Dual<ScalarDouble>>), terms),
        _ => Sum(new JensenShannon<Dual<ScalarDouble>>(beta), terms),
    };

    /// <summary>Slopes are the whole derivatives, not up to a multiple of p: a bounded tail is no softmax.</summary>
    private double Sum<TFormula>(TFormula formula, int terms)
        where TFormula : struct, IDivergenceFormula<Dual<ScalarDouble>>
    {
        double value = 0;
        for (int i = 0; i < terms; i++)
        {
            Dual<ScalarDouble> term = formula.Term(Dual<ScalarDouble>.Variable(new(_student[i])), Dual<ScalarDouble>.Fixed(new(_teacher[i]))).Value;
            value += term.Value.Value;
            _slope[i] = term.Slope.Value;
        }

        return value;
    }

    /// <summary>From the derivatives by the tokens of the small distribution to those by the log-probs it was made of.</summary>
    private void Pull(bool hasTail, int count, double studentMass, Span<double> slopes)
    {
        double total = 0;
        for (int i = 0; i < count; i++)
        {
            total += _slope[i];
        }

        // The tail's derivative by s_k is -e^s_k / rest; nothing where the bound holds it.
        double ofTail = !hasTail ? 0 : studentMass > MostLogMass ? 0 : _slope[count] / Math.Exp(_student[count]);
        for (int i = 0; i < count; i++)
        {
            double p = Math.Exp(_student[i]);
            slopes[_places[i]] = _slope[i] - (hasTail ? p * ofTail : p * total);
        }
    }

    private static double LogRest(double logMass) => StableForms.Log1mExp(new ScalarDouble(Math.Min(logMass, MostLogMass))).Value;

    private static double LogSumExp(ReadOnlySpan<double> x)
    {
        double max = double.NegativeInfinity;
        foreach (double value in x)
        {
            max = Math.Max(max, value);
        }

        double sum = 0;
        foreach (double value in x)
        {
            sum += Math.Exp(value - max);
        }

        return max + Math.Log(sum);
    }

    private static void Shift(Span<double> x, double by)
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] -= by;
        }
    }
}
